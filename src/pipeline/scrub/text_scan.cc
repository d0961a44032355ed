#include "pipeline/scrub/text_scan.h"

#include <algorithm>

#include "pipeline/scrub/numbers.h"
#include "pipeline/scrub/value_span.h"

namespace tripod::pipeline::scrub {
namespace {

constexpr std::string_view kFiltered = "[Filtered]";
constexpr std::string_view kQuotedFiltered = "\"[Filtered]\"";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'); }
bool is_space(char c) { return c == ' ' || c == '\t'; }

class Finder {
 public:
  Finder(std::string_view text, TextKind kind, const Words& words)
      : text_(text), kind_(kind), words_(words) {}

  std::vector<Edit> run() {
    const TriggerScan& triggers = words_.triggers();
    size_t at = triggers.next(text_, 0);
    while (at != std::string_view::npos) at = triggers.next(text_, look_at(at));
    return std::move(edits_);
  }

 private:
  // Looks at one candidate; where to go on.
  size_t look_at(size_t at) {
    const char c = text_[at];
    if (is_digit(c)) return number(at);
    if (c == ':') return url_user(at);
    const char low = static_cast<char>(c | 0x20);
    if (low == 'b') return has_prefix(at, "bearer") ? bearer(at) : pem(at);
    if (low == 'e') return web_token(at);
    if (low == 's' && has_prefix(at, "sessions.cache")) return cached_session(at);
    const auto word = words_.match(text_, at);
    if (!word) return at + 1;
    const auto edit = find_value(text_, at, *word, kind_);
    return edit ? add(*edit) : word->end;
  }

  size_t add(const Edit& edit) {
    const size_t done = edits_.empty() ? 0 : edits_.back().to;
    if (edit.from < done || edit.to <= edit.from) return std::max(done, edit.to + 1);
    edits_.push_back(edit);
    return edit.to;
  }

  bool has_prefix(size_t at, std::string_view lower) const {
    return same_ignoring_case(text_.substr(at, lower.size()), lower);
  }
  char at_or_nul(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  size_t number(size_t at) {
    size_t end = at;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    // In the middle of a run: its beginning was looked at already.
    if (at > 0 && is_digit(text_[at - 1])) return end;
    const auto found = find_secret_number(text_, at);
    if (!found) return end;
    return add({found->from, found->to,
                is_json_number(found->from, found->to) ? kQuotedFiltered : kFiltered});
  }

  // A number in JSON inside of the text: a string takes its place, so that it stays JSON.
  bool is_json_number(size_t from, size_t to) const {
    size_t before = from;
    while (before > 0 && is_space(text_[before - 1])) --before;
    if (before < 2 || text_[before - 1] != ':' || text_[before - 2] != '"') return false;
    const char after = at_or_nul(to);
    return after == ',' || after == '}' || after == ']';
  }

  // scheme://user:password@host: the password.
  size_t url_user(size_t at) {
    const size_t user = at + 3;
    const size_t end = std::min(text_.find_first_of("/?# \t\r\n\"'<>\\", user), text_.size());
    const std::string_view authority = text_.substr(user, end - user);
    const size_t host = authority.rfind('@');
    if (host == std::string_view::npos) return user;
    const size_t colon = authority.find(':');
    if (colon >= host) return user;
    const Edit edit{user + colon + 1, user + host, kFiltered};
    const std::string_view password = text_.substr(edit.from, edit.to - edit.from);
    const bool hidden = password.find_first_not_of('*') == std::string_view::npos;
    if (hidden || password == kFiltered || password == "%s") return user;
    return add(edit);
  }

  // "Bearer" and a token, as in an Authorization header.
  size_t bearer(size_t at) {
    size_t from = at + 6;
    if (at > 0 && is_alnum(text_[at - 1])) return from;
    while (is_space(at_or_nul(from))) ++from;
    if (from == at + 6) return from;
    size_t to = from;
    bool digit = false;
    while (to < text_.size() && (is_alnum(text_[to]) || std::string_view("-._~+/=").find(
                                                            text_[to]) != std::string_view::npos)) {
      digit = digit || is_digit(text_[to]);
      ++to;
    }
    const size_t length = to - from;
    if (length < 8 || (!digit && length < 20)) return from;
    return add({from, to, kFiltered});
  }

  // -----BEGIN … KEY----- up to its end, or to where the text was cut off.
  size_t pem(size_t at) {
    constexpr std::string_view kDashes = "-----";
    if (at < kDashes.size() || text_.substr(at - kDashes.size(), kDashes.size()) != kDashes ||
        !has_prefix(at, "begin ")) {
      return at + 1;
    }
    const std::string_view label = text_.substr(at, 64);
    const size_t length = label.find(kDashes);
    if (length == std::string_view::npos) return at + 1;
    const size_t label_end = at + length;
    if (label.substr(0, length).find("KEY") == std::string_view::npos) return label_end;
    const size_t from = label_end + kDashes.size();
    return add({from, std::min(text_.find("-----END", from), text_.size()), kFiltered});
  }

  // eyJ….eyJ….…: three parts of base64url (RFC 7519).
  size_t web_token(size_t at) {
    if (text_.substr(at, 3) != "eyJ" || (at > 0 && is_alnum(text_[at - 1]))) return at + 1;
    size_t parts = 0;
    size_t i = at;
    while (parts < 3) {
      const size_t from = i;
      while (i < text_.size() && (is_alnum(text_[i]) || text_[i] == '-' || text_[i] == '_')) ++i;
      if (i - from < 8 && parts < 2) return i;
      if (++parts < 3 && at_or_nul(i++) != '.') return i;
    }
    return add({at, i, kFiltered});
  }

  // django.contrib.sessions.cache<id> and ….cached_db<id>: under such a key Django's cache holds a
  // session, and its id is what the visitor's cookie says. Instrumented clients of Redis and
  // Memcached put the key into spans and breadcrumbs.
  size_t cached_session(size_t at) {
    constexpr std::string_view kPackage = "django.contrib.";
    constexpr size_t kShortestId = 8;  // as Django demands
    size_t from = at + std::string_view("sessions.cache").size();
    if (at < kPackage.size() || text_.substr(at - kPackage.size(), kPackage.size()) != kPackage)
      return from;
    if (has_prefix(from, "d_db")) from += 4;
    size_t to = from;
    while (to < text_.size() && is_alnum(text_[to])) ++to;
    return to - from < kShortestId ? to : add({from, to, kFiltered});
  }

  std::string_view text_;
  TextKind kind_;
  const Words& words_;
  std::vector<Edit> edits_;
};

}  // namespace

std::vector<Edit> find_secrets(std::string_view text, TextKind kind, const Words& words) {
  return Finder(text, kind, words).run();
}

std::string apply_edits(std::string_view text, const std::vector<Edit>& edits) {
  std::string out;
  out.reserve(text.size() + edits.size() * 12);
  size_t done = 0;
  for (const Edit& edit : edits) {
    out.append(text.substr(done, edit.from - done)).append(edit.by);
    done = edit.to;
  }
  out.append(text.substr(done));
  return out;
}

}  // namespace tripod::pipeline::scrub
