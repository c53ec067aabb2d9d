"""Prints as JSON the spans in files that are bodies of OTLP requests (http/protobuf), decoded by OpenTelemetry's own package."""

import json
import sys

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def attributes(pairs):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


spans = []
for file in sys.argv[1:]:
    request = ExportTraceServiceRequest()
    with open(file, "rb") as body:
        request.ParseFromString(body.read())
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                spans.append(
                    {
                        "resource": attributes(resource.resource.attributes),
                        "traceId": span.trace_id.hex(),
                        "spanId": span.span_id.hex(),
                        "parent": span.parent_span_id.hex(),
                        "name": span.name,
                        "startNs": str(span.start_time_unix_nano),
                        "endNs": str(span.end_time_unix_nano),
                        "error": span.status.message if span.status.code == span.status.STATUS_CODE_ERROR else None,
                        "attributes": attributes(span.attributes),
                    }
                )
json.dump(spans, sys.stdout)
