#!/usr/bin/env python3
"""Checks a node's metrics, and that what deploy/ asks Prometheus for is among them.

    metrics-check.py FILE...      FILE holds what /metrics answered; of several, the union counts

Every metric must be described and of one kind; every metric and every label value that the dashboard
and the alerts name must have been shown. With prometheus_client installed the files are read by its
parser too. Exit code 1 when anything is wrong.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NAME = re.compile(r"\b(?:psic|process)_[a-z0-9_]+\b")
SELECTED = re.compile(r"\b((?:psic|process)_[a-z0-9_]+)\{([^}]*)\}")
LABEL = re.compile(r'([a-z_]+)="([^"]*)"')


def expressions():
    """Every query of the dashboard and the alerts, with where it stands."""
    dashboard = json.loads((ROOT / "deploy/grafana/psic.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield f"dashboard, {panel['title']}", target["expr"]
    for variable in dashboard["templating"]["list"]:
        query = variable.get("query")
        if isinstance(query, dict):
            yield f"dashboard, ${variable['name']}", query["query"]
    alerts = (ROOT / "deploy/prometheus/alerts.yml").read_text()
    for rule in re.split(r"^ *- alert: ", alerts, flags=re.M)[1:]:
        name = rule.split("\n", 1)[0].strip()
        expression = re.search(r"expr: (.*?)\n *for:", rule, re.S).group(1)
        yield f"alert {name}", expression


def read(text, problems):
    """The names and the samples of one answer."""
    kinds, helps, samples = {}, {}, []
    for line in text.splitlines():
        if line.startswith("# HELP "):
            _, _, name, *words = line.split(" ")
            helps[name] = " ".join(words)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            if name in kinds:
                problems.append(f"{name} appears twice")
            kinds[name] = kind
        elif line:
            samples.append(line)
    for name, kind in kinds.items():
        if not helps.get(name) or helps[name].startswith("Not described"):
            problems.append(f"{name} ({kind}) is not described: see MetricCatalogue")
        if (kind == "counter") != name.endswith("_total"):
            problems.append(f"{name} is a {kind}: counters, and only they, end in _total")
    names = set(kinds)
    for name, kind in kinds.items():
        if kind == "histogram":
            names |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"}
    return names, samples


def main():
    problems, names, samples = [], set(), []
    for path in sys.argv[1:]:
        text = pathlib.Path(path).read_text()
        found, lines = read(text, problems)
        names |= found
        samples += lines
        try:
            from prometheus_client.parser import text_string_to_metric_families
        except ImportError:
            continue
        families = list(text_string_to_metric_families(text))
        print(f"metrics-check: prometheus_client reads {len(families)} families in {path}")
    shown = "\n".join(samples)
    count = 0
    for where, expression in expressions():
        count += 1
        for name in NAME.findall(expression):
            if name not in names:
                problems.append(f"{where}: there is no metric {name}")
        for name, labels in SELECTED.findall(expression):
            for label, value in LABEL.findall(labels):
                if label in ("instance", "job"):
                    continue
                pattern = rf'^{name}\{{[^}}]*{label}="{re.escape(value)}"'
                if not re.search(pattern, shown, re.M):
                    problems.append(f'{where}: {name} has no {label}="{value}"')
    for problem in sorted(set(problems)):
        print(f"metrics-check: {problem}", file=sys.stderr)
    if count == 0 or not names:
        sys.exit("metrics-check: nothing to check")
    print(f"metrics-check: {len(names)} names, {count} queries, {len(problems)} problems")
    sys.exit(1 if problems else 0)


main()
