// What the three OTLP decoders share: where we are in the message (for errors), text and
// attributes, and the walk over resources and scopes. Internal to this folder.
#pragma once

#include <protozero/pbf_reader.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingest/otlp/decoder.h"
#include "ingest/otlp/fields.h"
#include "ingest/otlp/json_to_wire.h"
#include "ingest/rejection_tally.h"
#include "model/batch.h"

namespace tripod::ingest::otlp {

inline std::string_view view_of(protozero::data_view v) { return {v.data(), v.size()}; }
inline protozero::pbf_reader reader_of(std::string_view v) {
  return protozero::pbf_reader(protozero::data_view(v.data(), v.size()));
}
// A field as read: its number and wire type in one word, so that a known number with a foreign wire
// type is skipped as an unknown field, as protobuf asks.
template <class Field>
constexpr uint32_t field(Field number, protozero::pbf_wire_type type) {
  return protozero::tag_and_type(static_cast<protozero::pbf_tag_type>(number), type);
}
inline constexpr auto kVarint = protozero::pbf_wire_type::varint;
inline constexpr auto kFixed64 = protozero::pbf_wire_type::fixed64;
inline constexpr auto kFixed32 = protozero::pbf_wire_type::fixed32;
inline constexpr auto kLength = protozero::pbf_wire_type::length_delimited;

// Why one item cannot be taken.
struct Fault {
  std::string_view reason;  // stable word, see model::Rejection
  std::string_view why;
};
inline constexpr Fault kTimeOutOfRange{"timestamp_out_of_range", "a time is after the year 2262"};
inline constexpr Fault kValueTooDeep{"value_too_deep", "a value is nested deeper than 32 levels"};

// Unix nanoseconds as a signed number; `fault` is set where they do not fit.
inline base::UnixNanos time_of(uint64_t nanos, const Fault*& fault) {
  if (!std::in_range<base::UnixNanos>(nanos)) fault = &kTimeOutOfRange;
  return static_cast<base::UnixNanos>(nanos);
}
// Absent (empty) or of the right length; `fault` is set to `when_wrong` otherwise.
template <class Id>
Id id_of(protozero::data_view raw, const Fault& when_wrong, const Fault*& fault) {
  if (raw.size() != sizeof(Id) && !raw.empty()) fault = &when_wrong;
  return Id::from_bytes(view_of(raw));
}

// Names of a signal's nested fields, as in the .proto files.
struct SignalNames {
  std::string_view request;    // "ExportTraceServiceRequest"
  std::string_view resources;  // "resource_spans"
  std::string_view scopes;     // "scope_spans"
  std::string_view items;      // "spans"
};

// One request's decoding. Not thread-safe; lives shorter than the batch.
class DecodeContext {
 public:
  // `request` must outlive the context.
  DecodeContext(const WireRequest& request, model::Batch& batch, const Limits& limits,
                const SignalNames& names)
      : batch_(batch),
        rejections_(batch),
        names_(names),
        body_(*request.wire),
        item_faults_(request.faults),
        limit_(limits.decoded_bytes) {}

  model::Batch& batch() { return batch_; }

  // Accounts for memory about to be used; false once the limit is passed (and ever after).
  bool charge(size_t bytes) {
    used_ += bytes;
    return used_ <= limit_;
  }
  bool exhausted() const { return used_ > limit_; }

  // The text itself, or a repaired copy in the arena.
  std::string_view text(protozero::data_view raw);
  std::string_view copy(std::string_view text);

  // Collects attributes in message order. They are pushed while their owner is read and taken in
  // one piece when it ends; owners nest (a span's events hold attributes too), so each remembers
  // where its own began.
  size_t attributes_mark() const { return attributes_.size(); }
  void push_attribute(protozero::data_view key_value);
  void push_attribute(model::Attribute attribute);
  // The attributes pushed since `mark`, without copying; valid until the next push.
  std::span<const model::Attribute> pushed_attributes(size_t mark) const {
    return std::span(attributes_).subspan(mark);
  }
  void drop_attributes(size_t mark) { attributes_.resize(mark); }
  std::span<model::Attribute> take_attributes(size_t mark);

  model::Value any_value(protozero::data_view message);

  // A value nested deeper than kMaxValueDepth was met since the last call: its owner cannot be
  // taken as sent.
  bool take_fault() { return std::exchange(fault_, false); }

  // Indexes into the batch; the entry is added at its first use.
  uint32_t resource_index();
  uint32_t scope_index();
  std::span<const model::Attribute> resource_attributes() const { return resource_; }

  // Rejects the item being read: "invalid_trace_id", "resource_spans[0].scope_spans[1].spans[7]: "
  // + subject + why. `subject` (a metric's name) is from outside and is cut.
  void reject(const Fault& fault, uint64_t count = 1, std::string_view subject = {});
  void flush_rejections() { rejections_.flush(); }
  // "resource_spans[0].scope_spans[1].spans[7]"
  std::string place() const;
  base::Error malformed(const char* what) const;
  base::Error too_large() const;

  // Walks the request; Handler has item(std::string_view message) and resource_done().
  // Throws protozero::exception on malformed bytes.
  template <class Handler>
  void walk(Handler& handler);

  static constexpr int kMaxValueDepth = 32;

 private:
  template <class Handler>
  void walk_resource(std::string_view message, Handler& handler);
  template <class Handler>
  void walk_scope(std::string_view message, Handler& handler);
  void read_resource(std::string_view message);
  void read_scope(std::string_view message);
  bool reject_faulty_item();
  void append_json(protozero::data_view any_value, std::string& out, int depth);
  void append_json_list(protozero::data_view list, std::string& out, int depth);
  void append_json_map(protozero::data_view map, std::string& out, int depth);

  model::Batch& batch_;
  RejectionTally rejections_;
  const SignalNames names_;
  const std::string_view body_;
  std::span<const ItemFault> item_faults_;  // of items still to come
  uint64_t items_ = 0;                      // begun
  const size_t limit_;
  size_t used_ = 0;
  bool fault_ = false;

  // where we are
  int resource_at_ = -1;
  int scope_at_ = -1;
  int item_at_ = -1;
  const char* at_ = nullptr;  // of the innermost message begun

  // the current resource and scope
  std::span<model::Attribute> resource_;
  model::Scope scope_;
  bool resource_fault_ = false;
  int64_t resource_index_ = -1;
  int64_t scope_index_ = -1;

  std::vector<model::Attribute> attributes_;
  std::string json_;
};

template <class Handler>
void DecodeContext::walk(Handler& handler) {
  at_ = body_.data();
  auto reader = reader_of(body_);
  while (!exhausted() && reader.next()) {
    if (reader.tag_and_type() == field(RequestField::kResourceEntries, kLength)) {
      ++resource_at_;
      scope_at_ = item_at_ = -1;
      at_ = reader.data().data();
      walk_resource(view_of(reader.get_view()), handler);
    } else {
      reader.skip();
    }
  }
}

template <class Handler>
void DecodeContext::walk_resource(std::string_view message, Handler& handler) {
  resource_ = {};
  resource_index_ = -1;
  // Fields may come in any order: the resource first, then what belongs to it.
  for (auto reader = reader_of(message); reader.next();) {
    if (reader.tag_and_type() == field(ResourceEntryField::kResource, kLength)) {
      read_resource(view_of(reader.get_view()));
    } else {
      reader.skip();
    }
  }
  resource_fault_ = take_fault();
  for (auto reader = reader_of(message); !exhausted() && reader.next();) {
    if (reader.tag_and_type() == field(ResourceEntryField::kScopeEntries, kLength)) {
      ++scope_at_;
      item_at_ = -1;
      at_ = reader.data().data();
      walk_scope(view_of(reader.get_view()), handler);
    } else {
      reader.skip();
    }
  }
  handler.resource_done();
}

template <class Handler>
void DecodeContext::walk_scope(std::string_view message, Handler& handler) {
  scope_ = {};
  scope_index_ = -1;
  for (auto reader = reader_of(message); reader.next();) {
    if (reader.tag_and_type() == field(ScopeEntryField::kScope, kLength)) {
      read_scope(view_of(reader.get_view()));
    } else {
      reader.skip();
    }
  }
  for (auto reader = reader_of(message); !exhausted() && reader.next();) {
    if (reader.tag_and_type() == field(ScopeEntryField::kItems, kLength)) {
      ++item_at_;
      at_ = reader.data().data();
      fault_ = resource_fault_;
      const std::string_view item = view_of(reader.get_view());
      if (!reject_faulty_item()) handler.item(item);
    } else {
      reader.skip();
    }
  }
}

// Decodes with a Handler made for the purpose; library exceptions end here.
template <class Handler>
base::Result<> run_decode(const WireRequest& request, model::Batch& batch, const Limits& limits,
                          const SignalNames& names) {
  batch.bodies.push_back(request.wire);
  DecodeContext context(request, batch, limits, names);
  Handler handler(context);
  try {
    context.walk(handler);
  } catch (const protozero::exception& e) {
    return base::fail(context.malformed(e.what()));
  }
  if (context.exhausted()) return base::fail(context.too_large());
  context.flush_rejections();
  return {};
}

// The same for the JSON form. What its wire form takes counts towards the limit.
template <class Handler>
base::Result<> run_decode_json(const std::shared_ptr<const std::string>& body,
                               const JsonMessage& message, model::Batch& batch,
                               const Limits& limits, const SignalNames& names) {
  const auto request = json_to_wire(body, message, names.request, limits);
  if (!request) return base::fail(request.error());
  const Limits left{.decoded_bytes = limits.decoded_bytes - request->wire->size()};
  return run_decode<Handler>(*request, batch, left, names);
}

}  // namespace tripod::ingest::otlp
