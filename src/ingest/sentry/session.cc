#include "ingest/sentry/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "ingest/rejection_tally.h"
#include "ingest/sentry/item_container.h"
#include "ingest/sentry/resource.h"
#include "ingest/sentry/timestamp.h"

namespace tripod::ingest::sentry {
namespace {

using model::SessionUpdate;

constexpr size_t kMostReleaseBytes = 250;
constexpr size_t kMostEnvironmentBytes = 64;
constexpr uint64_t kMostCount = UINT32_MAX;

struct Attributes {
  std::string_view release;
  std::string_view environment;
};

bool same_word(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

bool has_any(std::string_view text, std::string_view characters) { return text.find_first_of(characters) != std::string_view::npos; }

// As Relay has it: https://docs.sentry.io/product/releases/naming-releases/
bool is_release(std::string_view text) {
  return text.size() <= kMostReleaseBytes && !has_any(text, "\r\n\t\f\v/\\") && text != "." && text != ".." && !same_word(text, "latest") &&
         text.find_first_not_of(' ') != std::string_view::npos;
}

bool is_environment(std::string_view text) {
  return text.size() <= kMostEnvironmentBytes && !has_any(text, "\r\n\t\f\v/") && !same_word(text, "none");
}

Attributes read_attributes(od::value& value, base::Arena& arena) {
  Attributes out;
  for_each_field(value, [&](std::string_view key, od::value& member) {
    if (key == "release") out.release = read_text(member, arena);
    else if (key == "environment") out.environment = read_text(member, arena);
  });
  return out;
}

Refusal check(const Attributes& attributes) {
  if (attributes.release.empty()) return {"missing_release", "has no release"};
  if (!is_release(attributes.release)) return {"invalid_release", "has a release that is no name of one"};
  return {};
}

uint32_t resource_of(const Attributes& attributes, const SentryContext& context, model::Batch& batch) {
  Sender sender{.service_name = context.service_name, .release = attributes.release};
  // Sentry's servers too take the session without it.
  if (is_environment(attributes.environment)) sender.environment = attributes.environment;
  return sentry::resource_of(batch, sender);
}

// Members that an update and an element of counts share, read; then checked.
class Reader {
 public:
  Reader(const SentryContext& context, const SessionRoom& room, base::Arena& arena) : context_(context), room_(room), arena_(arena) {
    session.project = context.project;
  }

  void field(std::string_view key, od::value& member) {
    if (key == "started") started_ = parse_timestamp(read_text(member, arena_));
    else if (key == "did") session.user_id = read_text(member, arena_);
  }
  Refusal check_time() {
    if (!started_ || __builtin_add_overflow(*started_, room_.clock_drift, &session.started)) {
      return {"invalid_timestamp", "does not say when it started, or not so that it can be read"};
    }
    if (session.started > context_.received_time + kMostAheadNanos) return {"timestamp_too_new", "started in the future"};
    if (session.started < context_.received_time - kOldestSessionNanos) return {"timestamp_too_old", "started more than 5 days ago"};
    return {};
  }

  SessionUpdate session;

 private:
  const SentryContext& context_;
  const SessionRoom& room_;
  base::Arena& arena_;
  std::optional<base::UnixNanos> started_;
};

struct Counts {
  uint64_t exited = 0, errored = 0, unhandled = 0, crashed = 0, abnormal = 0;
  bool valid = true;

  void field(std::string_view key, od::value& member) {
    uint64_t* const count = key == "exited"      ? &exited
                            : key == "errored"   ? &errored
                            : key == "unhandled" ? &unhandled
                            : key == "crashed"   ? &crashed
                            : key == "abnormal"  ? &abnormal
                                                 : nullptr;
    if (count == nullptr || member.type() == od::json_type::null) return;
    const auto number = read_int64(member);
    if (!number || *number < 0 || static_cast<uint64_t>(*number) > kMostCount) valid = false;
    else *count = static_cast<uint64_t>(*number);
  }
  void put(SessionUpdate& session) const {
    session.errored = errored + unhandled + crashed + abnormal;
    session.begun = exited + session.errored;
    session.crashed = crashed;
    session.abnormal = abnormal;
  }
};

// The elements of one item's "aggregates".
class CountsReader {
 public:
  CountsReader(const SentryContext& context, SessionRoom& room, model::Batch& batch) : context_(context), room_(room), batch_(batch), rejected_(batch) {}

  void element(od::value& value) {
    Reader reader(context_, room_, batch_.arena);
    Counts counts;
    const Refusal why = take(value, reader, counts);
    if (why.reason != nullptr) rejected_.add(why.reason, [&] { return fmt::format("sessions: aggregate {} {}", number_, why.detail); });
    ++number_;
    if (why.reason != nullptr) return;
    counts.put(reader.session);
    if (reader.session.begun > 0) sessions_.push_back(reader.session);
  }
  // Rejections are told; the elements join the batch where the item as a whole can be taken.
  void finish(const Attributes* attributes) {
    rejected_.flush();
    if (attributes == nullptr || sessions_.empty()) return;
    const uint32_t resource = resource_of(*attributes, context_, batch_);
    for (SessionUpdate& session : sessions_) {
      session.resource = resource;
      batch_.sessions.push_back(session);
    }
  }

 private:
  Refusal take(od::value& value, Reader& reader, Counts& counts) {
    if (room_.counts == 0) return {"too_many_sessions", "is beyond the first 10000 of its envelope"};
    --room_.counts;
    if (!is_object(value)) return {"invalid_sessions", "is not a JSON object"};
    for_each_field(value, [&](std::string_view key, od::value& member) {
      reader.field(key, member);
      counts.field(key, member);
    });
    if (!counts.valid) return {"invalid_count", "has a count that is no number from 0 to 4294967295"};
    return reader.check_time();
  }

  const SentryContext& context_;
  SessionRoom& room_;
  model::Batch& batch_;
  RejectionTally rejected_;
  std::vector<SessionUpdate> sessions_;
  size_t number_ = 0;
};

struct State {
  std::string_view status;
  int64_t errors = 0;
  bool init = false;

  void put(SessionUpdate& session) const {
    session.begun = init ? 1 : 0;
    session.crashed = status == "crashed" ? 1 : 0;
    session.abnormal = status == "abnormal" ? 1 : 0;
    session.errored = errors > 0 || status == "errored" || status == "unhandled" || session.crashed + session.abnormal > 0 ? 1 : 0;
  }
};

ItemResult<> take_room(SessionRoom& room) {
  if (room.items == 0) return reject("too_many_sessions", "is beyond the first 100 of its envelope");
  --room.items;
  return {};
}

ItemResult<> refused(const Refusal& why) { return reject(why.reason, why.detail); }

}  // namespace

int64_t clock_drift(std::string_view sent_at, base::UnixNanos received) {
  constexpr int64_t kLeastDrift = 55 * base::kNanosPerMinute;
  const auto sent = parse_timestamp(sent_at);
  int64_t drift = 0;
  if (!sent || __builtin_sub_overflow(received, *sent, &drift)) return 0;
  return drift >= kLeastDrift || drift <= -kLeastDrift ? drift : 0;
}

ItemResult<> decode_session(std::string_view json, const SentryContext& context, JsonParser& parser, SessionRoom& room, model::Batch& batch) {
  if (auto has_room = take_room(room); !has_room) return has_room;
  const auto prepared = prepare_object(json, kMostEventBytes, "session", batch.arena);
  if (!prepared) return std::unexpected(prepared.error());
  Reader reader(context, room, batch.arena);
  Attributes attributes;
  State state;
  try {
    od::document document = open_document(parser, *prepared);
    od::value root = document.get_value();
    for_each_field(root, [&](std::string_view key, od::value& member) {
      reader.field(key, member);
      if (key == "attrs") attributes = read_attributes(member, batch.arena);
      else if (key == "sid") reader.session.id = read_text(member, batch.arena);
      else if (key == "init") state.init = read_tristate(member) == 1;
      else if (key == "status") state.status = read_text(member, batch.arena);
      else if (key == "errors") state.errors = read_int64(member).value_or(0);
    });
  } catch (const simdjson::simdjson_error& error) {
    return reject("invalid_json", error.what());
  }
  if (const Refusal why = check(attributes); why.reason != nullptr) return refused(why);
  if (const Refusal why = reader.check_time(); why.reason != nullptr) return refused(why);
  state.put(reader.session);
  reader.session.resource = resource_of(attributes, context, batch);
  batch.sessions.push_back(reader.session);
  return {};
}

ItemResult<> decode_session_counts(std::string_view json, const SentryContext& context, JsonParser& parser, SessionRoom& room, model::Batch& batch) {
  if (auto has_room = take_room(room); !has_room) return has_room;
  const auto prepared = prepare_object(json, kMostEventBytes, "sessions", batch.arena);
  if (!prepared) return std::unexpected(prepared.error());
  CountsReader counts(context, room, batch);
  Attributes attributes;
  bool has_list = false;
  try {
    od::document document = open_document(parser, *prepared);
    od::value root = document.get_value();
    for_each_field(root, [&](std::string_view key, od::value& member) {
      if (key == "attrs") {
        attributes = read_attributes(member, batch.arena);
      } else if (key == "aggregates" && is_array(member)) {
        has_list = true;
        for_each_element(member, [&](od::value& element) { counts.element(element); });
      }
    });
  } catch (const simdjson::simdjson_error& error) {
    counts.finish(nullptr);
    return reject("invalid_json", error.what());
  }
  const Refusal why = has_list ? check(attributes) : Refusal{"invalid_sessions", "has no list \"aggregates\""};
  counts.finish(why.reason == nullptr ? &attributes : nullptr);
  if (why.reason != nullptr) return refused(why);
  return {};
}

}  // namespace tripod::ingest::sentry
