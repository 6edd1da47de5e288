"""Webhooks of our own: JSON, signed with a secret that sender and receiver share."""

import hashlib
import hmac

UNREACHABLE = "the service could not be reached, or did not answer"
SIGNATURE_HEADER = "X-Gitgates-Signature-256"


def signature(secret: str, body: bytes) -> str:
    """Return the value of the signature's header: HMAC-SHA256 over the exact bytes of the body, as GitHub does it."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def post(url: str, secret: str, body: bytes, timeout: float) -> str:
    """Send `body`, and return why that failed, "" where it did not.

    A redirect is not followed: the user named one address.
    """
    import requests  # comes with Apprise, and honours the same proxies and certificates

    headers = {
        "Content-Type": "application/json",
        "User-Agent": "gitgates",
        SIGNATURE_HEADER: signature(secret, body),
    }
    try:
        answer = requests.post(url, data=body, headers=headers, timeout=timeout, allow_redirects=False, stream=True)
    except (requests.RequestException, ValueError):  # its text may hold the URL
        return UNREACHABLE
    with answer:
        return "" if 200 <= answer.status_code < 300 else f"the service answered {answer.status_code}"
