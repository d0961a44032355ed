#include "ingest/sentry/item_container.h"

#include <fmt/format.h>

#include "ingest/rejection_tally.h"

namespace tripod::ingest::sentry {

ItemResult<> each_element(const ItemContainer& container, std::string_view json, JsonParser& parser, model::Batch& batch,
                          const std::function<Refusal(od::value& element)>& take) {
  const auto prepared = prepare_object(json, container.most_bytes, container.item, batch.arena);
  if (!prepared) return std::unexpected(prepared.error());
  bool has_list = false;
  RejectionTally rejected(batch);
  try {
    od::document document = open_document(parser, *prepared);
    od::value root = document.get_value();
    for_each_field(root, [&](std::string_view key, od::value& member) {
      if (key != "items" || !is_array(member)) return;
      has_list = true;
      size_t number = 0;
      for_each_element(member, [&](od::value& element) {
        const Refusal why = take(element);
        if (why.reason != nullptr) rejected.add(why.reason, [&] { return fmt::format("{} {} {}", container.element, number, why.detail); });
        ++number;
      });
    });
  } catch (const simdjson::simdjson_error& error) {
    rejected.flush();
    return reject("invalid_json", error.what());
  }
  rejected.flush();
  if (!has_list) return reject(container.without_list, "there is no list \"items\"");
  return {};
}

}  // namespace tripod::ingest::sentry
