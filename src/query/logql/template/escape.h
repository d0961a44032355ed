// Texts for other places: HTML, JavaScript, URLs, base64. Private to this folder.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tripod::query::logql::text_template {

std::string escape_html(std::string_view text);
std::string escape_js(std::string_view text);
// url.QueryEscape: a blank becomes '+'.
std::string escape_url(std::string_view text);
base::Result<std::string> unescape_url(std::string_view text);
std::string encode_base64(std::string_view bytes);
// kInvalidArgument: "illegal base64 data at input byte N".
base::Result<std::string> decode_base64(std::string_view text);

}  // namespace tripod::query::logql::text_template
