#include "ship/receipt.h"

#include <simdjson.h>

namespace tripod::ship {

std::optional<Receipt> read_receipt(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
  Receipt out;
  if (root["accepted"].get(out.accepted) != simdjson::SUCCESS ||
      root["rejected"].get(out.rejected) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  if (root["repeated"].get(out.repeated) != simdjson::SUCCESS) out.repeated = false;
  std::string_view reason;
  std::string_view detail;
  if (root.at_pointer("/rejections/0/reason").get(reason) == simdjson::SUCCESS) {
    out.why = reason;
    if (root.at_pointer("/rejections/0/detail").get(detail) == simdjson::SUCCESS)
      out.why.append(": ").append(detail);
  }
  return out;
}

}  // namespace tripod::ship
