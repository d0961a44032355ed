#include "ingest/sentry/common_fields.h"

#include <string>

#include "base/utf8.h"

namespace tripod::ingest::sentry {
namespace {

constexpr size_t kMostTextBytes = 1024;  // searchable copies; the payload keeps the whole

model::Value bounded_scalar(od::value& value, base::Arena& arena) {
  const model::Value read = read_value(value, arena);
  if (read.type() == model::ValueType::kJson) return {};
  if (read.is_string()) return model::Value::string(base::utf8_prefix(read.text(), kMostTextBytes));
  return read;
}

bool is_container(od::value& value) { return is_object(value) || is_array(value); }

bool same_word(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    const char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] + 32) : a[i];
    if (c != lower[i]) return false;
  }
  return true;
}

bool is_request_id(std::string_view key) {
  return same_word(key, "request_id") || same_word(key, "x-request-id") ||
         same_word(key, "x-correlation-id") || same_word(key, "requestid");
}

// Header values come as text or as a list of texts.
std::string_view header_text(od::value& value, base::Arena& arena) {
  if (!is_array(value)) return read_text(value, arena);
  std::string_view first;
  for_each_element(value, [&](od::value& element) {
    if (first.empty()) first = read_text(element, arena);
  });
  return first;
}

std::string_view query_text(od::value& value, base::Arena& arena) {
  if (!is_container(value)) return read_text(value, arena);
  std::string joined;
  for_each_pair(value, [&](std::string_view key, od::value& member) {
    if (!joined.empty()) joined.push_back('&');
    joined.append(key).push_back('=');
    joined.append(header_text(member, arena));
  });
  return arena.copy(joined);
}

}  // namespace

std::string_view UserFacts::best() const {
  if (!id.empty()) return id;
  if (!email.empty()) return email;
  if (!username.empty()) return username;
  return ip_address;
}

void ContextReader::read(od::value& contexts) {
  for_each_field(contexts, [&](std::string_view key, od::value& member) {
    if (key == "trace") {
      read_trace(member);
    } else if (key == "otel") {
      read_otel(member);
    } else {
      read_other(key, member);
    }
  });
}

void ContextReader::read_trace(od::value& value) {
  for_each_field(value, [&](std::string_view key, od::value& member) {
    if (key == "trace_id")
      trace.trace_id = model::TraceId::from_hex(read_text(member, arena));
    else if (key == "span_id")
      trace.span_id = model::SpanId::from_hex(read_text(member, arena));
    else if (key == "parent_span_id")
      trace.parent_span_id = model::SpanId::from_hex(read_text(member, arena));
    else if (key == "op")
      trace.op = read_text(member, arena);
    else if (key == "origin")
      trace.origin = read_text(member, arena);
    else if (key == "status")
      trace.status = read_text(member, arena);
    else if (key == "description")
      trace.description = read_text(member, arena);
    else if (key == "data" && keep_trace_data) {
      for_each_field(member, [&](std::string_view name, od::value& data) {
        attributes.add(name, read_value(data, arena));
      });
    }
  });
}

void ContextReader::read_otel(od::value& value) {
  for_each_field(value, [&](std::string_view key, od::value& member) {
    if (key != "resource") return;
    for_each_field(member, [&](std::string_view name, od::value& attribute) {
      if (name == "service.name") service_name = read_text(attribute, arena);
    });
  });
}

void ContextReader::read_other(std::string_view name, od::value& value) {
  const std::string prefix = "contexts." + std::string(name) + ".";
  for_each_field(value, [&](std::string_view key, od::value& member) {
    if (is_container(member)) return;
    const model::Value scalar = bounded_scalar(member, arena);
    if (name == "response" && key == "status_code") {
      attributes.add("http.response.status_code", scalar);
    } else if (is_request_id(key)) {
      attributes.add("request_id", scalar);
    } else if (key != "type") {
      attributes.add(prefix, key, scalar);
    }
  });
}

RequestFacts read_request(od::value& value, base::Arena& arena) {
  RequestFacts facts;
  for_each_field(value, [&](std::string_view key, od::value& member) {
    if (key == "method")
      facts.method = read_text(member, arena);
    else if (key == "url")
      facts.url = read_text(member, arena);
    else if (key == "query_string")
      facts.query = query_text(member, arena);
    else if (key == "headers") {
      for_each_pair(member, [&](std::string_view header, od::value& text) {
        if (same_word(header, "user-agent"))
          facts.user_agent = header_text(text, arena);
        else if (is_request_id(header))
          facts.request_id = header_text(text, arena);
      });
    }
  });
  return facts;
}

UserFacts read_user(od::value& value, base::Arena& arena) {
  UserFacts facts;
  for_each_field(value, [&](std::string_view key, od::value& member) {
    if (key == "id")
      facts.id = read_text(member, arena);
    else if (key == "email")
      facts.email = read_text(member, arena);
    else if (key == "username")
      facts.username = read_text(member, arena);
    else if (key == "ip_address")
      facts.ip_address = read_text(member, arena);
  });
  if (facts.ip_address == "{{auto}}")
    facts.ip_address = {};  // the peer's address: not ours to know here
  return facts;
}

void read_extra(od::value& value, base::Arena& arena, AttributeList& attributes) {
  for_each_field(value, [&](std::string_view name, od::value& member) {
    if (is_object(member)) {
      const std::string prefix = "extra." + std::string(name) + ".";
      for_each_field(member, [&](std::string_view inner, od::value& inner_value) {
        if (is_container(inner_value)) return;
        attributes.add(prefix, inner, bounded_scalar(inner_value, arena));
      });
    } else if (!is_array(member)) {
      const model::Value scalar = bounded_scalar(member, arena);
      if (is_request_id(name))
        attributes.add("request_id", scalar);
      else
        attributes.add("extra.", name, scalar);
    }
  });
}

void read_tags(od::value& value, base::Arena& arena, AttributeList& tags) {
  for_each_pair(value, [&](std::string_view name, od::value& member) {
    tags.add_text(name, base::utf8_prefix(read_text(member, arena), kMostTextBytes));
  });
}

std::string_view path_of_url(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    return url.starts_with('/') ? url.substr(0, url.find_first_of("?#")) : std::string_view();
  }
  const size_t path = url.find_first_of("/?#", scheme + 3);
  if (path == std::string_view::npos || url[path] != '/') return {};
  const std::string_view rest = url.substr(path);
  return rest.substr(0, rest.find_first_of("?#"));
}

void add_request(const RequestFacts& request, base::Arena& arena, AttributeList& attributes) {
  attributes.add_text("http.request.method", request.method);
  if (!request.query.empty() && request.url.find('?') == std::string_view::npos &&
      !request.url.empty()) {
    std::string full(request.url);
    full.push_back('?');
    full.append(request.query);
    attributes.add_text("url.full", arena.copy(full));
  } else {
    attributes.add_text("url.full", request.url);
  }
  attributes.add_text("url.path", path_of_url(request.url));
  attributes.add_text("url.query", request.query);
  attributes.add_text("user_agent.original", request.user_agent);
  attributes.add_text("request_id", request.request_id);
}

void add_user(const UserFacts& user, AttributeList& attributes) {
  attributes.add_text("user.id", user.id);
  attributes.add_text("user.email", user.email);
  attributes.add_text("user.name", user.username);
  attributes.add_text("client.address", user.ip_address);
}

void read_sdk(od::value& value, base::Arena& arena, std::string_view& name,
              std::string_view& version) {
  for_each_field(value, [&](std::string_view key, od::value& member) {
    if (key == "name")
      name = read_text(member, arena);
    else if (key == "version")
      version = read_text(member, arena);
  });
}

}  // namespace tripod::ingest::sentry
