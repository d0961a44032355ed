#include "ingest/elastic/actions.h"

#include <array>

namespace tripod::ingest::elastic {
namespace {

constexpr std::array<std::string_view, 4> kActions{"index", "create", "update", "delete"};

std::optional<Action> action_of(std::string_view name) {
  for (size_t i = 0; i < kActions.size(); ++i) {
    if (kActions[i] == name) return static_cast<Action>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view action_name(Action action) { return kActions[static_cast<size_t>(action)]; }

std::optional<ActionLine> ActionReader::read(std::string_view line, base::Arena& arena) {
  fields_.clear();
  if (flattener_.flatten(line, arena, fields_) != pipeline::FlattenOutcome::kObject || fields_.empty()) {
    return std::nullopt;
  }
  const std::string_view name = fields_.front().key.substr(0, fields_.front().key.find('.'));
  const auto action = action_of(name);
  if (!action) return std::nullopt;
  ActionLine out{.action = *action};
  for (const model::Attribute& field : fields_) {
    if (!field.key.starts_with(name)) return std::nullopt;
    std::string_view rest = field.key.substr(name.size());
    if (rest.empty()) {
      // {"index":{}} stays JSON; anything else is no object.
      if (field.value.type() != model::ValueType::kJson || field.value.text().front() != '{') return std::nullopt;
      continue;
    }
    if (rest.front() != '.') return std::nullopt;
    rest.remove_prefix(1);
    if (rest == "_index" && field.value.is_string()) out.index = field.value.text();
    if (rest == "_id" && field.value.is_string()) out.id = field.value.text();
    if (rest == "_id" && field.value.type() == model::ValueType::kInt64) {
      out.id = arena.copy(std::to_string(field.value.as_int64()));
    }
  }
  return out;
}

}  // namespace tripod::ingest::elastic
