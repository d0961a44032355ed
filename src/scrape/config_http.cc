#include <array>

#include "base/fs.h"
#include "scrape/config_reader.h"

namespace tripod::scrape {

using base::Code;

namespace {

// At most one of two keys.
void refuse_both(YamlMap& map, const char* one, const char* other) {
  if (map.has(one) && map.has(other)) map.wrong(other, std::string("only one of ") + one + " and " + other + " may be there");
}

void read_basic_auth(YamlMap& map, const ConfigFile& file, HttpAuth& auth) {
  YamlMap basic(map.node("basic_auth"), map.where() + ": basic_auth");
  auth.username = basic.text("username", "");
  auth.username_file = file.path_at(basic, "username_file");
  auth.password = basic.text("password", "");
  auth.password_file = file.path_at(basic, "password_file");
  refuse_both(basic, "username", "username_file");
  refuse_both(basic, "password", "password_file");
  basic.finish({"username_ref", "password_ref"});
  if (auth.username.empty() && auth.username_file.empty()) basic.wrong("username", "is missing");
}

void read_authorization(YamlMap& map, const ConfigFile& file, HttpAuth& auth) {
  YamlMap authorization(map.node("authorization"), map.where() + ": authorization");
  auth.type = authorization.text("type", "Bearer");
  auth.credentials = authorization.text("credentials", "");
  auth.credentials_file = file.path_at(authorization, "credentials_file");
  if (auth.credentials.empty() == auth.credentials_file.empty()) {
    authorization.wrong("credentials", "exactly one of credentials and credentials_file is needed");
  }
  authorization.finish({"credentials_ref"});
}

// Of the three ways, bearer_token being the old one, at most one.
HttpAuth read_auth(YamlMap& map, const ConfigFile& file) {
  HttpAuth auth;
  refuse_both(map, "basic_auth", "authorization");
  refuse_both(map, "bearer_token", "bearer_token_file");
  for (const char* old : {"bearer_token", "bearer_token_file"}) {
    refuse_both(map, "basic_auth", old);
    refuse_both(map, "authorization", old);
    if (!map.has(old)) continue;
    auth.type = "Bearer";
    auth.credentials = map.text("bearer_token", "");
    auth.credentials_file = file.path_at(map, "bearer_token_file");
  }
  if (map.has("basic_auth")) read_basic_auth(map, file, auth);
  if (map.has("authorization")) read_authorization(map, file, auth);
  return auth;
}

TlsVersion read_tls_version(YamlMap& tls, const char* key) {
  static constexpr std::array<std::pair<std::string_view, TlsVersion>, 4> kVersions{
      {{"TLS10", TlsVersion::k1_0}, {"TLS11", TlsVersion::k1_1}, {"TLS12", TlsVersion::k1_2}, {"TLS13", TlsVersion::k1_3}}};
  if (!tls.has(key)) return TlsVersion::kAny;
  for (const auto& [name, version] : kVersions) {
    if (tls.text(key, "") == name) return version;
  }
  tls.wrong(key, "is none of TLS10, TLS11, TLS12 and TLS13");
}

TlsConfig read_tls(YamlMap& map, const ConfigFile& file) {
  YamlMap tls(map.node("tls_config"), map.where() + ": tls_config");
  TlsConfig out;
  out.ca_file = file.path_at(tls, "ca_file");
  out.cert_file = file.path_at(tls, "cert_file");
  out.key_file = file.path_at(tls, "key_file");
  out.ca = tls.text("ca", "");
  out.cert = tls.text("cert", "");
  out.key = tls.text("key", "");
  refuse_both(tls, "ca", "ca_file");
  refuse_both(tls, "cert", "cert_file");
  refuse_both(tls, "key", "key_file");
  out.insecure_skip_verify = tls.boolean("insecure_skip_verify", false);
  out.least = read_tls_version(tls, "min_version");
  out.most = read_tls_version(tls, "max_version");
  if ((out.cert_file + out.cert).empty() != (out.key_file + out.key).empty()) {
    tls.wrong("cert_file", "a certificate and its key belong together");
  }
  tls.finish({"ca_ref", "cert_ref", "key_ref", "server_name"});
  return out;
}

std::vector<HttpHeader> read_headers(YamlMap& map, const ConfigFile& file) {
  std::vector<HttpHeader> out;
  if (!map.has("http_headers")) return out;
  const YAML::Node headers = map.node("http_headers");
  if (!headers.IsMap()) map.wrong("http_headers", "a mapping is expected");
  for (const auto& pair : headers) {
    HttpHeader header;
    header.name = pair.first.Scalar();
    if (header.name.empty() || header.name.find_first_of(": \t\r\n") != std::string::npos) map.wrong("http_headers", "not the name of a header");
    YamlMap one(pair.second, map.where() + ": http_headers: " + header.name);
    header.values = one.texts("values");
    for (std::string& value : one.texts("secrets")) header.values.push_back(std::move(value));
    for (const std::string& path : one.texts("files")) header.files.push_back(file.path(path));
    for (const std::string& value : header.values) {
      if (value.find_first_of("\r\n") != std::string::npos) one.wrong("values", "a value of several lines");
    }
    one.finish({});
    out.push_back(std::move(header));
  }
  return out;
}

FileDiscovery read_file_discovery(const YAML::Node& node, const std::string& where, const ConfigFile& file) {
  YamlMap map(node, where);
  FileDiscovery out;
  for (const std::string& path : map.texts("files")) {
    const std::string name = path.substr(path.rfind('/') + 1);
    const bool known = name.ends_with(".json") || name.ends_with(".yml") || name.ends_with(".yaml");
    if (!known || path.substr(0, path.size() - name.size()).contains('*')) {
      map.wrong("files", "\"" + path + "\" does not end in .json, .yml or .yaml, or has * in a folder's name");
    }
    out.files.push_back(file.path(path));
  }
  if (out.files.empty()) map.wrong("files", "is missing");
  out.refresh_interval_ns = map.duration_ns("refresh_interval", out.refresh_interval_ns);
  map.finish({});
  return out;
}

HttpDiscovery read_http_discovery(const YAML::Node& node, const std::string& where, ConfigFile& file) {
  YamlMap map(node, where);
  HttpDiscovery out;
  out.url = map.text("url", "");
  if (!out.url.starts_with("http://") && !out.url.starts_with("https://")) map.wrong("url", "is not http:// or https://");
  const std::string_view authority = std::string_view(out.url).substr(0, out.url.find('/', out.url.find("//") + 2));
  if (authority.contains('@')) map.wrong("url", "holds credentials, which would be shown: use basic_auth");
  out.refresh_interval_ns = map.duration_ns("refresh_interval", out.refresh_interval_ns);
  out.http = read_http_client(map, file);
  map.finish(other_job_keys(), file.notes);
  return out;
}

}  // namespace

std::string ConfigFile::path(const std::string& written) const {
  if (written.empty() || written.starts_with('/')) return written;
  const std::string folder = base::parent_dir(name);
  return folder == "." ? written : folder + "/" + written;
}

std::string ConfigFile::path_at(YamlMap& map, const char* key) const { return path(map.text(key, "")); }

HttpClientConfig read_http_client(YamlMap& map, ConfigFile& file) {
  HttpClientConfig out;
  out.auth = read_auth(map, file);
  out.tls = read_tls(map, file);
  out.follow_redirects = map.boolean("follow_redirects", true);
  out.headers = read_headers(map, file);
  return out;
}

void read_discoveries(YamlMap& job, ConfigFile& file, JobConfig& out) {
  const auto where = [&](const char* key, size_t number) { return job.where() + ": " + key + "[" + std::to_string(number) + "]"; };
  for (const YAML::Node& node : job.list("file_sd_configs")) {
    out.file_discoveries.push_back(read_file_discovery(node, where("file_sd_configs", out.file_discoveries.size()), file));
  }
  for (const YAML::Node& node : job.list("http_sd_configs")) {
    out.http_discoveries.push_back(read_http_discovery(node, where("http_sd_configs", out.http_discoveries.size()), file));
  }
}

}  // namespace tripod::scrape
