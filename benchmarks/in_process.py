"""What does `check_all` cost in a program?"""

import json
import subprocess
from pathlib import Path

from benchmarks.environment import Installed
from benchmarks.measure import Figure

_CODE = """
import json, statistics, time
from gitgates import ModelMetrics, QualityGate, SecurityScanResults, TestMetrics
gate = QualityGate.production()
tests = TestMetrics(total_tests=400, passed_tests=396, failed_tests=4, coverage_percent=93.5)
model = ModelMetrics(quality_score=0.91, latency_ms=41.5, throughput_tokens_per_sec=55.0, memory_mb=900.0)
baseline = ModelMetrics(quality_score=0.90, latency_ms=40.0, memory_mb=890.0)
security = SecurityScanResults(0, 0, 1, 4)
def once(count=200):
    start = time.process_time()
    for _ in range(count):
        gate.check_all("veran", "v6.2", tests, model, security, baseline)
    return (time.process_time() - start) / count
once()
print(json.dumps(statistics.median(once() for _ in range(15))))
"""


def figures(installed: Installed, folder: Path) -> list[Figure]:
    """Measure `check_all` with all three gates and a baseline."""
    argv = [str(installed.python), "-c", _CODE]
    done = subprocess.run(argv, cwd=folder, env=installed.environ(), check=True, stdout=subprocess.PIPE)
    return [Figure("`check_all` in process", json.loads(done.stdout) * 1e6, 100, "µs", "three gates and a baseline")]
