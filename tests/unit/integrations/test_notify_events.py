"""What messages say, and what can be hidden in them."""

import pytest

from gitgates import QualityGate
from gitgates.errors import InvalidValue
from gitgates.integrations.notify.events import MAX_TEXT, Message, plain, report_message
from gitgates.model.metrics import ModelMetrics
from tests.integrations.notify.fixtures import twins


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("quality score 0.5 is below 0.85", "quality score 0.5 is below 0.85"),
        ("alice@example.com", "alice@example.com"),
        ("model_quality: a_b", "model_quality: a_b"),
        ("@channel", "{@}channel"),
        ("hi @bob, x@everyone.com", "hi {@}bob, x{@}everyone.com"),
        ("a@b", "a{@}b"),
        ("<!channel> <@U1>", "{<}!channel{>} {<}{@}U1{>}"),
        ("[here](http://x)", "{[}here{]}(http{:}//x)"),
        ("*b* `c` ~s~ ||x|| \\", "{*}b{*} {`}c{`} {~}s{~} {|}{|}x{|}{|} {\\}"),
        ("_it_ __main__", "{_}it{_} {_}{_}main{_}{_}"),
        ("two\nlines\x1b[2J\u202e", "two lines {[}2J "),
        ("x" * 1000, "x" * (MAX_TEXT - 3) + "..."),
    ],
)
def test_nothing_is_markup(text: str, shown: str) -> None:
    assert plain(text) == twins(shown)


def test_programs_get_every_text_as_it_is() -> None:
    facts = (("to version", "<v1>"), ("failed gates", ("a_", "@b")))
    message = Message(event="message", level="error", title="*t*", facts=facts)
    assert message.value()["facts"] == {"to_version": "<v1>", "failed_gates": ["a_", "@b"]}
    assert (message.heading, message.body) == tuple(
        map(twins, ("{*}t{*}", "to version: {<}v1{>}\nfailed gates:\n- a{_}\n- {@}b"))
    )


def test_a_message_without_facts_says_its_title() -> None:
    assert Message(event="message", level="info", title="only this").body == "only this"


@pytest.mark.parametrize(("event", "level"), [("aproved", "info"), ("approved", "critical")])
def test_unknown_events_and_levels(event: str, level: str) -> None:
    with pytest.raises(InvalidValue, match="no event"):
        Message(event=event, level=level, title="t")


def test_reports() -> None:
    gate = QualityGate.production()
    nothing = report_message(gate.check_all("m", "v1"), ())
    assert nothing.event == "gate_failed"
    assert ("failed gates", ("no gate ran",)) in nothing.facts
    blocked = report_message(gate.check_all("m", "v1", model_metrics=ModelMetrics(0.1)), (("signer", "a"),))
    assert (blocked.event, blocked.level) == ("gates_blocked", "error")
    assert blocked.facts[-1] == ("signer", "a")
