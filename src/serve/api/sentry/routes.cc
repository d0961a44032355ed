#include "serve/api/sentry/routes.h"

#include "base/time_text.h"

namespace tripod::serve::sentry {

void add(Router& router, Place place, Answer answer) {
  router.add({.method = place.method,
              .pattern = "/api/0" + place.pattern,
              .access = place.access,
              .handler =
                  [answer = std::move(answer)](HttpRequest&& request, Responder responder) {
                    auto response = answer(request);
                    responder(response ? std::move(*response) : error_response(ErrorShape::kSentryApi, response.error(), request));
                  },
              .errors = ErrorShape::kSentryApi,
              .max_body_bytes = place.most_body,
              .max_decoded_bytes = place.most_body});
}

base::Result<> check_names(const HttpRequest& request) {
  const std::string_view organisation = request.path_parameter("organisation");
  const std::string_view project = request.path_parameter("project");
  const auto is_ours = [](std::string_view name) { return name == kSlug || name == std::to_string(kProject); };
  if (is_ours(organisation) && (project.empty() || is_ours(project))) return {};
  return base::fail(base::Code::kNotFound, "The requested resource does not exist");
}

void write_time(base::JsonWriter& w, std::string_view name, base::UnixNanos time) {
  w.key(name);
  if (time == 0) w.null();
  else w.string(base::format_rfc3339(time));
}

}  // namespace tripod::serve::sentry
