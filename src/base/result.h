// Errors as values: every fallible call on outside input or I/O returns Result<T>.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace tripod::base {

// Layer-neutral error codes; serve/status.h holds the one table to HTTP and gRPC status codes.
// Callers branch on the code only, never on the text.
enum class Code : uint8_t {
  kInvalidArgument,   // malformed input: the same bytes will never be accepted
  kUnauthenticated,   // no or unknown credentials
  kPermissionDenied,  // known credentials without the right
  kNotFound,
  kAlreadyExists,
  kTooLarge,           // over a size limit, before or after decompression
  kUnsupported,        // understood, and not served by this version
  kResourceExhausted,  // a queue, budget or rate is full: retry later
  kUnavailable,        // shutting down or a dependency is away: retry later
  kDeadlineExceeded,
  kCancelled,
  kDataLoss,  // checksum mismatch, torn or foreign file
  kIo,        // the file system said no (EIO, ENOSPC, ...)
  kInternal,  // a defect of ours
};

// "invalid_argument", ...: the spelling used in JSON bodies and metric labels.
std::string_view code_name(Code code);

struct Error {
  Code code = Code::kInternal;
  std::string message;  // for people: what was wrong and where; never a secret
};

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(Code code, std::string message) {
  return std::unexpected<Error>(Error{code, std::move(message)});
}
// Passes the error of one Result on as the error of another.
inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

// Aborts with file and line when a condition of ours (never outside input) does not hold; stays on
// in release.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace tripod::base

#define TRIPOD_CHECK(condition) \
  ((condition) ? (void)0 : ::tripod::base::check_failed(#condition, __FILE__, __LINE__))
