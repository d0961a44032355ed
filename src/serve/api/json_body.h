// Reading small JSON bodies of requests. simdjson stays inside json_body.cc.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripod::serve {

// A flat JSON object of strings, booleans and lists of strings; null values are left out, other types are an error.
class JsonBody {
 public:
  static base::Result<JsonBody> parse(std::string_view body);
  std::optional<std::string> text(std::string_view key) const;
  std::vector<std::string> list(std::string_view key) const;
  std::optional<bool> flag(std::string_view key) const;
  const std::map<std::string, std::string, std::less<>>& texts() const { return texts_; }

 private:
  std::map<std::string, std::string, std::less<>> texts_;
  std::map<std::string, std::vector<std::string>, std::less<>> lists_;
  std::map<std::string, bool, std::less<>> flags_;
};

}  // namespace tripod::serve
