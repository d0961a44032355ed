// Takes what differs from event to event out of a message, so that "user 7 not found" and "user 8
// not found" are one.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tripod::pipeline::group {

// Thread-safe after construction; building it compiles the expressions (about a millisecond), so
// keep one.
class Parametriser {
 public:
  Parametriser();
  ~Parametriser();
  Parametriser(const Parametriser&) = delete;
  Parametriser& operator=(const Parametriser&) = delete;

  // Every match of one ordered alternation becomes <its name>: email, url, hostname, ip,
  // traceparent, uuid, sha1, md5, date, duration, hex, git_sha, float, int, and after "="
  // quoted_str and bool. Text beyond kMostBytes is dropped.
  std::string replace(std::string_view text) const;

  static constexpr size_t kMostBytes = 8192;

 private:
  struct Expressions;
  std::unique_ptr<Expressions> expressions_;
};

// The first two lines that are not blank, with "..." where something was left out; then
// parametrised.
std::string normalise_message(std::string_view message, const Parametriser& parametriser);

}  // namespace tripod::pipeline::group
