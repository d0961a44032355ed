#include "ship/batch.h"

#include <fmt/format.h>

#include <charconv>

#include "base/hash.h"
#include "base/json_writer.h"

namespace tripod::ship {

namespace {

std::string half_id(std::string_view id, char half) {
  const std::string what = std::string(id) + half;
  return fmt::format("{:016x}{:016x}", base::hash64(what), base::hash64(what, 1));
}

// Length of the frame at the start of `rest`.
size_t frame_length(std::string_view rest) {
  const size_t line = rest.find('\n') + 1;
  if (rest.front() == 'S') return line;
  const size_t blank = rest.rfind(' ', line - 1);
  size_t size = 0;
  std::from_chars(rest.data() + blank + 1, rest.data() + line - 1, size);
  return line + size + 1;
}

}  // namespace

std::string labels_json(const Labels& labels) {
  std::string out;
  base::JsonWriter w(out);
  w.begin_object();
  for (const auto& [name, value] : labels) w.field(name, value);
  w.end_object();
  return out;
}

void Batch::begin_source(std::string_view labels) { body.append("S ").append(labels).append("\n"); }

void Batch::add(base::UnixNanos observed, std::string_view text) {
  fmt::format_to(std::back_inserter(body), "R {} {}\n", observed, text.size());
  body.append(text).append("\n");
  ++records;
}

void Batch::end_part(const std::string& file, uint64_t begin, std::string_view bytes) {
  parts.push_back({file, begin, begin + bytes.size()});
  content = base::hash64(bytes, content);
}

std::pair<Batch, Batch> split(const Batch& batch) {
  std::pair<Batch, Batch> out;
  out.first.id = half_id(batch.id, 'a');
  out.second.id = half_id(batch.id, 'b');
  const uint64_t half = batch.records / 2;
  std::string_view source;
  for (std::string_view rest = batch.body; !rest.empty();) {
    const std::string_view frame = rest.substr(0, frame_length(rest));
    rest.remove_prefix(frame.size());
    const bool is_source = frame.front() == 'S';
    if (is_source) source = frame;
    Batch& to = out.first.records < half ? out.first : out.second;
    if (!is_source && to.records == 0 && to.body.empty()) to.body = source;
    if (is_source && to.records == 0)
      to.body = source;
    else
      to.body.append(frame);
    if (!is_source) ++to.records;
  }
  out.first.lines = out.first.records;
  out.second.lines = batch.lines - out.first.lines;
  return out;
}

}  // namespace tripod::ship
