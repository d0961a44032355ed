#include "pipeline/spanmetrics/span_facts.h"

namespace tripod::pipeline::spanmetrics {

namespace {

constexpr size_t kMostLabelBytes = 200;

}  // namespace

ResourceFacts facts_of(const model::Resource& resource) {
  ResourceFacts facts{.service = label_text(model::find_text(resource.attributes, "service.name")),
                      .environment = label_text(model::find_text(resource.attributes, "deployment.environment.name")),
                      .version = label_text(model::find_text(resource.attributes, "service.version"))};
  if (facts.service.empty()) facts.service = "unknown_service";
  return facts;
}

SpanFacts facts_of(const model::Span& span) {
  SpanFacts facts;
  for (const model::Attribute& attribute : span.attributes) {
    const std::string_view key = attribute.key;
    // The length alone rules out nearly all.
    switch (key.size()) {
      case 10:
        if (key == "http.route") facts.route = label_text(attribute.value.text());
        break;
      case 12:
        if (key == "db.namespace") facts.db_namespace = label_text(attribute.value.text());
        else if (key == "peer.service") facts.peer_service = label_text(attribute.value.text());
        break;
      case 14:
        if (key == "db.system.name") facts.db_system = label_text(attribute.value.text());
        else if (key == "server.address") facts.server = label_text(attribute.value.text());
        break;
      case 16:
        if (key == "messaging.system") facts.messaging_system = label_text(attribute.value.text());
        break;
      case 25:
        if (key == "http.response.status_code" && attribute.value.type() == model::ValueType::kInt64) facts.http_status = attribute.value.as_int64();
        break;
      case 26:
        if (key == "messaging.destination.name") facts.destination = label_text(attribute.value.text());
        break;
      default: break;
    }
  }
  return facts;
}

std::string_view label_text(std::string_view text) {
  if (text.size() <= kMostLabelBytes) return text;
  size_t size = kMostLabelBytes;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

}  // namespace tripod::pipeline::spanmetrics
