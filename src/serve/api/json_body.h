// Reading small JSON bodies of requests. simdjson stays inside json_body.cc.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripod::serve {

// A JSON object of strings, booleans and lists of strings. Null values are only named; other types are an error.
class JsonBody {
 public:
  static base::Result<JsonBody> parse(std::string_view body);
  // Also of whole numbers, lists of them (as their digits), and objects of all these, whose values are named "outer.inner".
  static base::Result<JsonBody> parse_nested(std::string_view body);
  std::optional<std::string> text(std::string_view key) const;
  std::vector<std::string> list(std::string_view key) const;
  std::optional<bool> flag(std::string_view key) const;
  std::optional<int64_t> number(std::string_view key) const;
  // Whether it is there, as null too.
  bool names(std::string_view key) const { return names_.contains(key); }
  const std::map<std::string, std::string, std::less<>>& texts() const { return texts_; }

 private:
  std::map<std::string, std::string, std::less<>> texts_;
  std::map<std::string, std::vector<std::string>, std::less<>> lists_;
  std::map<std::string, bool, std::less<>> flags_;
  std::map<std::string, int64_t, std::less<>> numbers_;
  std::set<std::string, std::less<>> names_;

  struct Reader;
  static base::Result<JsonBody> read(std::string_view body, bool nested);
};

}  // namespace tripod::serve
