// What the Sentry decoders are told about a request, and how one item fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace tripod::ingest::sentry {

// Limits of the protocol (https://develop.sentry.dev/sdk/data-model/envelopes/#size-limits); item
// sizes are uncompressed.
inline constexpr size_t kMostEnvelopeBytes = 100u << 20;
inline constexpr size_t kMostEventBytes = 1u << 20;  // event, transaction
inline constexpr size_t kMostSpanContainerBytes = 10u << 20;
inline constexpr size_t kMostJsonDepth = 100;

// Valid for one call. Views are only read during the call.
struct SentryContext {
  uint64_t project = 0;
  std::string_view public_key;  // the key the request was let in by; empty: do not compare an
                                // envelope's dsn with it
  std::string_view
      service_name;  // service.name where an event does not name one: the project's slug
  base::UnixNanos received_time = 0;
  // What the address says of what cannot say it itself (security reports).
  std::string_view release{};
  std::string_view environment{};
};

// Why one item was not taken: the words of model::Rejection.
struct ItemError {
  std::string_view reason;  // static storage
  std::string detail;
};

template <class T = void>
using ItemResult = std::expected<T, ItemError>;

inline std::unexpected<ItemError> reject(std::string_view reason, std::string detail) {
  return std::unexpected<ItemError>(ItemError{reason, std::move(detail)});
}

}  // namespace tripod::ingest::sentry
