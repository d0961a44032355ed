#include "ingest/sentry/stacktrace.h"

#include <limits>

namespace tripod::ingest::sentry {
namespace {

int32_t clamp_int32(int64_t value) {
  if (value > std::numeric_limits<int32_t>::max()) return std::numeric_limits<int32_t>::max();
  if (value < std::numeric_limits<int32_t>::min()) return std::numeric_limits<int32_t>::min();
  return static_cast<int32_t>(value);
}

model::Frame read_frame(od::value& value, base::Arena& arena) {
  model::Frame frame;
  for_each_field(value, [&](std::string_view key, od::value& member) {
    if (key == "module")
      frame.module = read_text(member, arena);
    else if (key == "function")
      frame.function = read_text(member, arena);
    else if (key == "filename")
      frame.filename = read_text(member, arena);
    else if (key == "abs_path")
      frame.abs_path = read_text(member, arena);
    else if (key == "context_line")
      frame.context_line = read_text(member, arena);
    else if (key == "package")
      frame.package = read_text(member, arena);
    else if (key == "platform")
      frame.platform = read_text(member, arena);
    else if (key == "lineno")
      frame.line = clamp_int32(read_int64(member).value_or(0));
    else if (key == "in_app")
      frame.in_app = read_tristate(member);
  });
  return frame;
}

void read_mechanism(od::value& value, model::Exception& exception, std::string_view& type,
                    base::Arena& arena) {
  for_each_field(value, [&](std::string_view key, od::value& member) {
    if (key == "type")
      type = read_text(member, arena);
    else if (key == "handled")
      exception.handled = read_tristate(member);
    else if (key == "synthetic")
      exception.synthetic = read_tristate(member) == 1;
    else if (key == "is_exception_group")
      exception.is_exception_group = read_tristate(member) == 1;
    else if (key == "exception_id")
      exception.exception_id = clamp_int32(read_int64(member).value_or(-1));
    else if (key == "parent_id")
      exception.parent_id = clamp_int32(read_int64(member).value_or(-1));
  });
}

}  // namespace

std::span<model::Frame> read_stacktrace(od::value& value, base::Arena& arena) {
  std::vector<model::Frame> frames;
  for_each_field(value, [&](std::string_view key, od::value& member) {
    if (key != "frames") return;
    for_each_element(member, [&](od::value& frame) {
      if (is_object(frame)) frames.push_back(read_frame(frame, arena));
    });
  });
  return arena.copy_array(std::span<const model::Frame>(frames));
}

std::span<model::Exception> read_exceptions(od::value& value, base::Arena& arena,
                                            std::string_view& mechanism_type) {
  std::vector<model::Exception> exceptions;
  for_each_of_list(value, [&](od::value& element) {
    if (!is_object(element)) return;
    model::Exception exception;
    for_each_field(element, [&](std::string_view key, od::value& member) {
      if (key == "type")
        exception.type = read_text(member, arena);
      else if (key == "value")
        exception.value = read_text_or_json(member, arena);
      else if (key == "module")
        exception.module = read_text(member, arena);
      else if (key == "mechanism")
        read_mechanism(member, exception, mechanism_type, arena);
      else if (key == "stacktrace")
        exception.frames = read_stacktrace(member, arena);
    });
    exceptions.push_back(exception);
  });
  return arena.copy_array(std::span<const model::Exception>(exceptions));
}

std::span<model::Frame> read_threads(od::value& value, base::Arena& arena) {
  std::span<model::Frame> crashed;
  std::span<model::Frame> current;
  std::span<model::Frame> any;
  size_t with_frames = 0;
  for_each_of_list(value, [&](od::value& element) {
    std::span<model::Frame> frames;
    bool is_crashed = false;
    bool is_current = false;
    for_each_field(element, [&](std::string_view key, od::value& member) {
      if (key == "stacktrace")
        frames = read_stacktrace(member, arena);
      else if (key == "crashed")
        is_crashed = read_tristate(member) == 1;
      else if (key == "current")
        is_current = read_tristate(member) == 1;
    });
    if (frames.empty()) return;
    ++with_frames;
    any = frames;
    if (is_crashed && crashed.empty()) crashed = frames;
    if (is_current && current.empty()) current = frames;
  });
  if (!crashed.empty()) return crashed;
  if (!current.empty()) return current;
  return with_frames == 1 ? any : std::span<model::Frame>();
}

}  // namespace tripod::ingest::sentry
