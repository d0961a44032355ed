#include "ingest/sentry/envelope.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "ingest/sentry/json_value.h"

namespace tripod::ingest::sentry {
namespace {

constexpr size_t kMostHeaderBytes = 64 * 1024;
constexpr size_t kMostItems = 10'000;  // SDKs send a few; containers hold the many

struct ItemHeader {
  EnvelopeItem item;
  std::optional<uint64_t> length;
};

// The line at the front of `rest`, without its end; both are taken off.
std::string_view take_line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// Type names come from outside and end up in messages and metric labels.
std::string bounded_name(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, 40)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.';
    out.push_back(plain ? c : '_');
  }
  return out;
}

class Reader {
 public:
  explicit Reader(std::string_view body) : rest_(body) {}

  base::Result<EnvelopeHeader> header() {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
    EnvelopeHeader header;
    const std::string_view line = take_line(rest_);
    const bool read = each_member(line, [&](std::string_view key, od::value& member) {
      if (key == "event_id")
        header.event_id = read_text(member, arena_);
      else if (key == "dsn")
        header.dsn = read_text(member, arena_);
      else if (key == "sent_at")
        header.sent_at = read_text(member, arena_);
      else if (key == "sdk")
        read_sdk(member, header);
    });
    if (!read) {
      return base::fail(base::Code::kInvalidArgument, "the envelope's header is not a JSON object");
    }
    return header;
  }

  // False at the end of the envelope, or when `envelope.broken` was set.
  bool next(Envelope& envelope) {
    std::string_view line;
    do {
      if (rest_.empty()) return false;
      line = take_line(rest_);
    } while (is_blank(line));
    if (envelope.items.size() >= kMostItems) {
      envelope.broken = ItemError{"too_many_items", fmt::format("more than {} items", kMostItems)};
      return false;
    }
    auto header = item_header(line);
    if (!header) {
      envelope.broken = ItemError{
          "invalid_item_header",
          fmt::format("header of item {} is not a JSON object", envelope.items.size() + 1)};
      return false;
    }
    const ItemResult<> taken = header->length ? take_sized(*header) : take_rest_of_line(*header);
    if (!taken) {
      envelope.broken = taken.error();
      return false;
    }
    envelope.items.push_back(std::move(header->item));
    return true;
  }

 private:
  bool each_member(std::string_view line,
                   const std::function<void(std::string_view, od::value&)>& f) {
    if (line.size() > kMostHeaderBytes) return false;
    const auto prepared = prepare_json(line, arena_);
    if (!prepared || prepared->find_first_not_of(" \t\r") == std::string_view::npos ||
        (*prepared)[prepared->find_first_not_of(" \t\r")] != '{') {
      return false;
    }
    od::document document = open_document(parser_, *prepared);
    od::value root = document;
    for_each_field(root, f);
    return true;
  }

  void read_sdk(od::value& sdk, EnvelopeHeader& header) {
    for_each_field(sdk, [&](std::string_view key, od::value& member) {
      if (key == "name")
        header.sdk_name = read_text(member, arena_);
      else if (key == "version")
        header.sdk_version = read_text(member, arena_);
    });
  }

  std::optional<ItemHeader> item_header(std::string_view line) {
    ItemHeader header;
    bool bad_length = false;
    const bool read = each_member(line, [&](std::string_view key, od::value& member) {
      if (key == "type") {
        header.item.type = bounded_name(read_text(member, arena_));
      } else if (key == "content_type") {
        header.item.content_type = read_text(member, arena_);
      } else if (key == "filename") {
        header.item.filename = read_text(member, arena_);
      } else if (key == "attachment_type") {
        header.item.attachment_type = read_text(member, arena_);
      } else if (key == "item_count") {
        const auto count = read_int64(member);
        if (count && *count > 0) header.item.item_count = static_cast<uint64_t>(*count);
      } else if (key == "length" && member.type() != od::json_type::null) {
        const auto length = read_int64(member);
        bad_length = !length || *length < 0;
        header.length = bad_length ? 0 : static_cast<uint64_t>(*length);
      }
    });
    if (!read || bad_length) return std::nullopt;
    return header;
  }

  ItemResult<> take_sized(ItemHeader& header) {
    const uint64_t length = *header.length;
    if (length > rest_.size()) {
      return reject("truncated_item", fmt::format("{}: {} bytes announced, {} there",
                                                  name_of(header.item), length, rest_.size()));
    }
    header.item.payload = rest_.substr(0, length);
    rest_.remove_prefix(length);
    if (rest_.empty()) return {};
    if (rest_.front() != '\n') {
      return reject("invalid_item_framing",
                    fmt::format("{}: no newline after {} bytes", name_of(header.item), length));
    }
    rest_.remove_prefix(1);
    return {};
  }

  ItemResult<> take_rest_of_line(ItemHeader& header) {
    const size_t end = rest_.find('\n');
    header.item.payload = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return {};
  }

  static std::string_view name_of(const EnvelopeItem& item) {
    return item.type.empty() ? std::string_view("item") : std::string_view(item.type);
  }

  std::string_view rest_;
  base::Arena arena_;  // headers only: freed with the reader
  JsonParser parser_;
};

}  // namespace

base::Result<EnvelopeHeader> parse_envelope_header(std::string_view body) {
  return Reader(body).header();
}

base::Result<Envelope> parse_envelope(std::string_view body) {
  if (body.size() > kMostEnvelopeBytes) {
    return base::fail(base::Code::kTooLarge,
                      fmt::format("envelope over {} bytes", kMostEnvelopeBytes));
  }
  Reader reader(body);
  Envelope envelope;
  auto header = reader.header();
  if (!header) return base::fail(header.error());
  envelope.header = std::move(*header);
  while (reader.next(envelope)) {
  }
  return envelope;
}

}  // namespace tripod::ingest::sentry
