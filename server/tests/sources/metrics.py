"""Metrics of every type by the Python client, as JSON: both pages with their content types, and the samples that stand in them."""
import json
import sys

from prometheus_client import CollectorRegistry, Counter, Enum, Gauge, Histogram, Info, Summary, exposition
from prometheus_client.openmetrics import exposition as openmetrics

registry = CollectorRegistry()
orders = Counter("orders", 'Orders "taken"\nand \\ kept', ["link"], registry=registry)
orders.labels('a"b\\c\nd 银行').inc(3, exemplar={"trace_id": "0af7651916cd43dd"})
orders.labels("").inc()
Counter("sent_bytes", "Bytes sent", unit="bytes", registry=registry).inc(1e21)
Gauge("queue", "", registry=registry).set(-7.25)
Gauge("nothing", "No number", registry=registry).set(float("nan"))
Gauge("most", "Infinite", registry=registry).set(float("inf"))
lasted = Histogram("lasted_seconds", "How long", ["way"], buckets=[0.1, 1, 10], registry=registry)
for seconds in (0.05, 0.5, 5, 50):
    lasted.labels("in").observe(seconds, exemplar={"trace_id": f"t{seconds}"})
lasted.labels("out").observe(0.2)
Summary("size", "How much", registry=registry).observe(4.5)
Info("build", "What runs", registry=registry).info({"version": "1.2", "commit": "abc"})
Enum("state", "How it is", states=["starting", "running"], registry=registry).state("running")
Gauge("silent", "Never set", ["x"], registry=registry)

samples = [
    [sample.name, sample.labels, repr(float(sample.value)), sample.exemplar and [sample.exemplar.labels, repr(float(sample.exemplar.value))]]
    for metric in registry.collect()
    for sample in metric.samples
]
pages = [
    {"type": kind, "page": page.decode()}
    for kind, page in (
        (exposition.CONTENT_TYPE_LATEST, exposition.generate_latest(registry)),
        (openmetrics.CONTENT_TYPE_LATEST, openmetrics.generate_latest(registry)),
    )
]
json.dump({"samples": samples, "pages": pages}, sys.stdout)
