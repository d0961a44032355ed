#include "serve/welcome.h"

#include <fmt/format.h>

namespace tripod::serve {

std::string dsn_of(const PublicAddresses& at, const std::string& key) {
  const size_t host = at.http.find("://") + 3;
  return at.http.substr(0, host) + key + "@" + at.http.substr(host) + "/1";
}

std::vector<SetupBlock> setup_blocks(const PublicAddresses& at, const std::string& key) {
  const std::string dsn = dsn_of(at, key);
  std::vector<SetupBlock> out;
  out.push_back({"errors", "Errors: Sentry SDK", "python",
                 fmt::format("import sentry_sdk\n\nsentry_sdk.init(\n    dsn=\"{}\",\n    traces_sample_rate=0.05,\n)", dsn),
                 fmt::format("curl -sS {}/api/1/store/ -H 'X-Sentry-Auth: Sentry sentry_version=7, sentry_key={}' \\\n  -H 'Content-Type: "
                             "application/json' -d '{{\"message\":\"hello from curl\",\"level\":\"error\"}}'",
                             at.http, key)});
  out.push_back({"traces", "Traces: OpenTelemetry", "shell",
                 fmt::format("export OTEL_SERVICE_NAME=djzen\nexport OTEL_EXPORTER_OTLP_ENDPOINT={}\nexport "
                             "OTEL_EXPORTER_OTLP_HEADERS=x-tripod-key={}\nopentelemetry-instrument gunicorn shop.wsgi",
                             at.otlp_grpc, key),
                 fmt::format("curl -sS -o /dev/null -w '%{{http_code}}\\n' {}/v1/traces -H 'x-tripod-key: {}' \\\n  -H 'Content-Type: "
                             "application/x-protobuf' --data-binary ''",
                             at.otlp_http, key)});
  out.push_back({"metrics", "Metrics: Prometheus scrape", "yaml",
                 "# tripod.yml, given with --config\nscrape_configs:\n  - job_name: django\n    metrics_path: /metrics/\n    static_configs:\n      "
                 "- targets: [\"127.0.0.1:8000\"]",
                 "curl -sS http://127.0.0.1:8000/metrics/ | head"});
  out.push_back({"logs", "Logs: Loki push", "shell",
                 fmt::format("# any shipper that speaks Loki's push protocol\nurl: {}/loki/api/v1/push\nbasic auth: user \"tripod\", password \"{}\"",
                             at.http, key),
                 fmt::format("curl -sS {}/loki/api/v1/push -H 'x-tripod-key: {}' -H 'Content-Type: application/json' \\\n  -d "
                             "'{{\"streams\":[{{\"stream\":{{\"service_name\":\"djzen\"}},\"values\":[[\"'$(date +%s%N)'\",\"hello from curl\"]]}}]}}'",
                             at.http, key)});
  return out;
}

void print_welcome(const PublicAddresses& at, const std::string& key, const std::string& link_token) {
  fmt::print("\nTripod is ready: {}\n\n", at.http);
  if (!link_token.empty()) {
    fmt::print("Sign in (once, within an hour):\n  {}/signin?token={}\n\n", at.http, link_token);
  }
  for (const SetupBlock& block : setup_blocks(at, key)) {
    fmt::print("# {}\n{}\n\n", block.title, block.text);
  }
  std::fflush(stdout);
}

}  // namespace tripod::serve
