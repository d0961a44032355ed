#include "serve/http/router.h"

namespace tripod::serve {

namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

std::string_view take_segment(std::string_view& rest) {
  const size_t end = rest.find('/', 1);
  std::string_view segment = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  return segment;
}

// Segment by segment; both begin with '/'.
bool match_pattern(const Route& route, std::string_view path, Parameters& out) {
  std::string_view pattern = route.pattern;
  while (!pattern.empty()) {
    std::string_view want = take_segment(pattern);
    if (want == "/*") {
      out.emplace_back("*", path.empty() ? "" : percent_decode(path.substr(1), false));
      return true;
    }
    if (path.empty()) return false;
    std::string have = percent_decode(take_segment(path), false);
    if (want.size() > 2 && want[1] == '{') {
      const std::string_view name = want.substr(2, want.size() - 3);
      if (have.size() < 2 || (name != route.slashed && have.find('/', 1) != std::string::npos)) return false;
      out.emplace_back(std::string(name), have.substr(1));
    } else if (want != have) {
      return false;
    }
  }
  return path.empty();
}

// Fixed segments beat parameters, and anything beats a wildcard.
int specificity(std::string_view pattern) {
  int score = 0;
  for (char c : pattern) {
    if (c == '{') score -= 1;
    if (c == '*') score -= 100;
  }
  return score;
}

}  // namespace

void Router::add(Route route) {
  TRIPOD_CHECK(route.pattern.starts_with('/'));
  TRIPOD_CHECK(route.handler);
  if (const size_t sign = route.pattern.find("{+"); sign != std::string::npos) {
    route.pattern.erase(sign + 1, 1);
    route.slashed = route.pattern.substr(sign + 1, route.pattern.find('}', sign) - sign - 1);
  }
  routes_.push_back(std::move(route));
}

void Router::shape_prefix(std::string prefix, ErrorShape shape) {
  shapes_.emplace_back(std::move(prefix), shape);
}

Router::Match Router::match(Method method, std::string_view path) const {
  Match best;
  int best_score = 0;
  size_t longest = 0;
  ErrorShape shape_of_prefix = best.errors;
  for (const auto& [prefix, shape] : shapes_) {
    if (path.starts_with(prefix) && prefix.size() >= longest) {
      longest = prefix.size();
      shape_of_prefix = shape;
    }
  }
  const Method wanted = method == Method::kHead ? Method::kGet : method;
  for (const Route& route : routes_) {
    Parameters parameters;
    if (!match_pattern(route, path, parameters)) continue;
    const bool method_fits = route.method == wanted || (method == Method::kOptions && route.cors);
    // A wildcard (the UI's pages) does not make every other path "known with another method".
    if (!method_fits) {
      best.path_known = best.path_known || !route.pattern.ends_with("/*");
      continue;
    }
    const int score = specificity(route.pattern);
    if (best.route != nullptr && score <= best_score) continue;
    best_score = score;
    best.route = &route;
    best.parameters = std::move(parameters);
    best.errors = route.errors;
  }
  // The UI's pages are what nothing else claims: neither a path with another method, nor one below an API's prefix.
  const bool is_claimed = best.path_known || longest > 0;
  if (best.route != nullptr && best.route->pattern == "/*" && is_claimed) best.route = nullptr;
  if (best.route == nullptr) best.errors = shape_of_prefix;
  return best;
}

}  // namespace tripod::serve
