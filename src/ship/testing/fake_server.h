// A server for tests of the shipper: keeps what it takes, drops repeats by their ids, and answers
// as it is told.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ship/transport.h"

namespace tripod::ship::testing {

struct Record {
  std::string source;  // JSON of its labels
  int64_t observed = 0;
  std::string text;
};

// Outlives the shippers that talk to it, as a server does.
class FakeServer {
 public:
  std::vector<Record> records;
  std::vector<std::string> ids;  // of all uploads, in order
  std::set<std::string> known;
  std::string last_key;
  // Taken in order before anything else is answered: a status, and whether the batch is kept
  // nevertheless (the answer was lost).
  struct Told {
    int status = 0;
    bool kept = false;
    int64_t retry_after_s = -1;
  };
  std::deque<Told> told;
  std::optional<Told> always;      // where `told` is empty
  size_t most_records = SIZE_MAX;  // of an upload; more: 413

  // Texts of all records, in order of arrival.
  std::vector<std::string> texts() const;
  Answer answer(const Upload& upload);

 private:
  Answer keep(const Upload& upload);
};

// The way of one shipper to it.
class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(FakeServer& server) : server_(server) {}
  void start(Upload upload) override { under_way_ = std::move(upload); }
  std::optional<Answer> poll() override {
    if (!under_way_ || held) return std::nullopt;
    const Upload upload = *std::exchange(under_way_, std::nullopt);
    return server_.answer(upload);
  }
  bool under_way() const { return under_way_.has_value(); }

  bool held = false;  // no answer comes

 private:
  FakeServer& server_;
  std::optional<Upload> under_way_;
};

// The records of a body of frames. Aborts where it is none.
std::vector<Record> read_frames(std::string_view body);

}  // namespace tripod::ship::testing
