// | logfmt [--strict] [--keep-empty] [name="key", …]
#include <vector>

#include "query/logql/go_text.h"
#include "query/logql/stages/stage.h"
#include "query/promql/text.h"

namespace tripod::query::logql {
namespace {

// Reads key=value pairs one after the other; a broken pair is told and stepped over.
// https://pkg.go.dev/github.com/go-logfmt/logfmt
class Decoder {
 public:
  explicit Decoder(std::string_view line) : line_(line) {}

  bool at_end() const { return at_ >= line_.size(); }
  // False: nothing more, or a broken pair (`error()` says what).
  bool next() {
    key_ = {};
    value_.clear();
    while (!at_end() && is_blank(line_[at_])) ++at_;
    if (at_end()) return false;
    const size_t start = at_;
    while (!at_end() && !is_blank(line_[at_]) && line_[at_] != '=' && line_[at_] != '"') ++at_;
    if (!at_end() && (line_[at_] == '"' || (line_[at_] == '=' && at_ == start))) return unexpected();
    key_ = line_.substr(start, at_ - start);
    if (has_bad_rune(key_)) return fail("invalid key");
    if (at_end() || line_[at_] != '=') return true;
    ++at_;
    if (at_end() || is_blank(line_[at_])) return true;
    return line_[at_] == '"' ? quoted() : plain();
  }
  std::string_view key() const { return key_; }
  const std::string& value() const { return value_; }
  const std::string& error() const { return error_; }

 private:
  static bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' '; }

  bool fail(std::string_view why) {
    error_ = "logfmt syntax error at pos " + std::to_string(at_ + 1) + " : " + std::string(why);
    while (!at_end() && !is_blank(line_[at_])) ++at_;
    return false;
  }
  bool unexpected() { return fail("unexpected '" + std::string(1, line_[at_]) + "'"); }

  bool plain() {
    const size_t start = at_;
    while (!at_end() && !is_blank(line_[at_])) {
      if (line_[at_] == '=' || line_[at_] == '"') return unexpected();
      ++at_;
    }
    value_ = line_.substr(start, at_ - start);
    return true;
  }

  bool quoted() {
    const size_t start = at_;
    size_t end = at_ + 1;
    bool escaped = false;
    while (end < line_.size() && line_[end] != '"') {
      escaped |= line_[end] == '\\';
      end += line_[end] == '\\' ? 2 : 1;
    }
    if (end >= line_.size()) {
      at_ = line_.size();
      return fail("unterminated quoted value");
    }
    at_ = end + 1;
    value_ = line_.substr(start + 1, end - start - 1);
    if (!escaped) return true;
    auto text = promql::unquote(line_.substr(start, at_ - start));
    if (!text) return fail("invalid quoted value");
    value_ = std::move(*text);
    return true;
  }

  const std::string_view line_;
  size_t at_ = 0;
  std::string_view key_;
  std::string value_;
  std::string error_;
};

class Runner final : public StageRunner {
 public:
  explicit Runner(const LogfmtParser& options) : options_(options) {}

  bool run(Line& line) override {
    for (const Extraction& field : options_.fields) {
      if (!line.labels.stream_has(field.name)) missing_.insert(field.name);
    }
    Decoder decoder(line.text);
    while (!decoder.at_end()) {
      if (!decoder.next()) {
        if (options_.strict && !decoder.error().empty()) break;
        continue;
      }
      take(decoder, line.labels);
    }
    for (const std::string& name : missing_) line.labels.extract(name, "");
    missing_.clear();
    if (options_.strict && !decoder.error().empty()) {
      line.labels.set_error(kLogfmtParserError, decoder.error());
    }
    return true;
  }

 private:
  void take(const Decoder& decoder, LabelSet& labels) {
    std::string key = sanitize_label(decoder.key());
    const bool empty = decoder.value().empty() || has_bad_rune(decoder.value());
    if (key.empty() || (empty && !options_.keep_empty)) return;
    const std::string_view value = empty ? std::string_view() : std::string_view(decoder.value());
    if (options_.fields.empty()) return labels.extract(key, value);
    for (const Extraction& field : options_.fields) {
      if (field.expression != decoder.key() && field.expression != key) continue;
      labels.extract(field.name, value);
      missing_.erase(field.name);
    }
  }

  const LogfmtParser options_;
  NameSet missing_;
};

}  // namespace

base::Result<StagePtr> compile(const LogfmtParser& stage) {
  for (const Extraction& field : stage.fields) {
    if (field.expression.empty() || field.expression.find_first_of(" =\"") != std::string::npos) {
      return base::fail(base::Code::kInvalidArgument, "cannot parse expression [" + field.expression +
                                                          "]: syntax error: expecting KEY");
    }
  }
  return std::make_unique<Runner>(stage);
}

}  // namespace tripod::query::logql
