#include "ingest/prometheus/text_decoder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "base/utf8.h"
#include "ingest/prometheus/float_text.h"
#include "ingest/rejection_tally.h"

namespace tripod::ingest::prometheus {

using base::Code;
using base::fail;
using base::Result;

namespace {

enum CharClass : uint8_t { kLabelStart = 1, kLabelRest = 2, kMetricStart = 4, kMetricRest = 8 };

constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> out{};
  for (int c = 0; c < 256; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    uint8_t classes = 0;
    if (letter) classes |= kLabelStart | kLabelRest | kMetricStart | kMetricRest;
    if (digit) classes |= kLabelRest | kMetricRest;
    if (c == ':') classes |= kMetricStart | kMetricRest;
    out[static_cast<size_t>(c)] = classes;
  }
  return out;
}();

bool is(char c, CharClass wanted) { return (kClasses[static_cast<uint8_t>(c)] & wanted) != 0; }

bool is_name(std::string_view text, CharClass start, CharClass rest) {
  if (text.empty() || !is(text.front(), start)) return false;
  return std::ranges::all_of(text, [&](char c) { return is(c, rest); });
}

std::optional<model::MetricType> metric_type(std::string_view word) {
  using model::MetricType;
  if (word == "counter") return MetricType::kCounter;
  if (word == "gauge") return MetricType::kGauge;
  if (word == "histogram") return MetricType::kHistogram;
  if (word == "summary") return MetricType::kSummary;
  if (word == "untyped") return MetricType::kUnknown;
  return std::nullopt;
}

std::optional<model::MetricType> open_metrics_type(std::string_view word) {
  using model::MetricType;
  if (word == "unknown") return MetricType::kUnknown;
  if (word == "gaugehistogram") return MetricType::kGaugeHistogram;
  if (word == "info") return MetricType::kInfo;
  if (word == "stateset") return MetricType::kStateSet;
  return word == "untyped" ? std::nullopt : metric_type(word);
}

// OpenMetrics: characters of all names and values of an exemplar's labels.
constexpr size_t kMostExemplarCharacters = 128;
constexpr size_t kMostLabels = 10'000;  // of one line, extra ones aside

// One line at a time; positions are within the line. Says why in `why_` when a step returns false.
class TextDecoder {
 public:
  TextDecoder(const TextOptions& options, TextProgress& progress, model::Batch& batch, std::vector<bool>* has_time)
      : options_(options), is_open_(is_open_metrics(options.format)), progress_(progress), batch_(batch), rejections_(batch), has_time_(has_time) {}

  Result<> decode(std::string_view body);

 private:
  bool line(std::string_view text);
  bool comment();
  bool family_line(std::string_view keyword);
  bool exemplar(int64_t time_ms);
  std::string_view word();
  bool time(int64_t& out);
  bool sample();
  bool braces(std::string_view& metric);
  bool brace_item(std::string_view& metric);
  bool add_label(std::string_view name, std::string_view value);
  bool value_and_time(model::Sample& sample, bool& timed);
  void emit(const model::Sample& sample, bool timed);
  // A name at the cursor: plain characters or a quoted string.
  bool name(CharClass start, CharClass rest, std::string_view& out);
  bool quoted(std::string_view& out);
  std::string_view unescape(std::string_view raw, bool quotes);
  void put_extra_labels();
  // Accounts for memory about to be used; false once the limit is passed: nothing may be kept then.
  bool charge(size_t bytes) {
    used_ += bytes;
    return used_ <= options_.limits.decoded_bytes;
  }
  std::string_view normalised(std::string_view label, std::string_view value);
  model::MetricMetadata& family(std::string_view name);

  char peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool wrong(const char* why) {
    why_ = why;
    return false;
  }

  const TextOptions& options_;
  const bool is_open_;  // OpenMetrics
  TextProgress& progress_;
  std::optional<model::Exemplar> exemplar_;  // of the line
  model::Batch& batch_;
  RejectionTally rejections_;
  size_t used_ = 0;
  std::vector<bool>* has_time_;
  std::string_view text_;  // the line
  size_t at_ = 0;
  const char* why_ = "";
  bool all_utf8_ = true;
  std::vector<model::Label> labels_;
  std::unordered_map<std::string_view, size_t> families_;  // index into batch_.metadata
};

Result<> TextDecoder::decode(std::string_view body) {
  all_utf8_ = base::is_valid_utf8(body);
  while (!body.empty()) {
    ++progress_.lines;
    const void* newline = std::memchr(body.data(), '\n', body.size());
    const size_t size = newline == nullptr
                            ? body.size()
                            : static_cast<size_t>(static_cast<const char*>(newline) - body.data());
    if (!line(body.substr(0, size))) {
      const auto why = [&] { return "line " + std::to_string(progress_.lines) + ": " + why_; };
      if (options_.bad_lines == TextOptions::BadLines::kFail) return fail(Code::kInvalidArgument, why());
      rejections_.add("invalid_line", why);
    }
    if (!charge(0)) {
      return fail(Code::kTooLarge, "the text takes more than " + std::to_string(options_.limits.decoded_bytes >> 20) + " MiB once it is read, at line " + std::to_string(progress_.lines));
    }
    body.remove_prefix(std::min(body.size(), size + 1));
  }
  rejections_.flush();
  return {};
}

bool TextDecoder::line(std::string_view text) {
  if (text.ends_with('\r') && options_.bad_lines == TextOptions::BadLines::kReject) text.remove_suffix(1);
  text_ = text;
  at_ = 0;
  if (!all_utf8_ && !base::is_valid_utf8(text)) return wrong("invalid UTF-8");
  if (progress_.ended) return wrong("something follows # EOF");
  blanks();
  if (at_ == text_.size()) return !is_open_ || wrong("an empty line");
  return peek() == '#' ? comment() : sample();
}

bool TextDecoder::comment() {
  ++at_;
  blanks();
  const std::string_view rest = text_.substr(at_);
  if (is_open_ && rest == "EOF") {
    progress_.ended = true;
    return true;
  }
  for (const std::string_view keyword : {"TYPE", "HELP", "UNIT"}) {
    if (!is_open_ && keyword == "UNIT") continue;
    const bool is_it = rest.starts_with(keyword) && rest.size() > 4 && (rest[4] == ' ' || rest[4] == '\t');
    if (!is_it) continue;
    at_ += 4;
    blanks();
    return family_line(keyword);
  }
  return !is_open_ || wrong("none of # TYPE, # UNIT, # HELP and # EOF");
}

model::MetricMetadata& TextDecoder::family(std::string_view name) {
  constexpr size_t kFamilyBytes = sizeof(model::MetricMetadata) + 64;  // with its place in the table
  const auto [at, is_new] = families_.try_emplace(name, batch_.metadata.size());
  if (is_new) charge(kFamilyBytes);
  if (is_new) batch_.metadata.push_back({name, model::MetricType::kUnknown, {}, {}});
  return batch_.metadata[at->second];
}

bool TextDecoder::family_line(std::string_view keyword) {
  std::string_view metric;
  if (!name(kMetricStart, kMetricRest, metric)) return wrong("a metric name is expected");
  if (peek() != ' ' && peek() != '\t' && peek() != '\n') return wrong("invalid metric name");
  blanks();
  std::string_view rest = text_.substr(at_);
  if (keyword == "HELP") {
    family(metric).help = unescape(rest, is_open_);
    return true;
  }
  if (keyword == "UNIT") {
    family(metric).unit = rest;
    return true;
  }
  while (rest.ends_with(' ') || rest.ends_with('\t')) rest.remove_suffix(1);
  const auto type = is_open_ ? open_metrics_type(rest) : metric_type(rest);
  if (!type) return wrong("unknown metric type");
  progress_.type = *type;
  family(metric).type = *type;
  return true;
}

bool TextDecoder::name(CharClass start, CharClass rest, std::string_view& out) {
  if (peek() == '"') return quoted(out) && (!out.empty() || wrong("empty name"));
  const size_t from = at_;
  if (!is(peek(), start)) return wrong("unexpected character");
  while (at_ < text_.size() && is(text_[at_], rest)) ++at_;
  out = text_.substr(from, at_ - from);
  return true;
}

bool TextDecoder::quoted(std::string_view& out) {
  const size_t from = ++at_;
  bool escaped = false;
  for (; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"') {
      out = text_.substr(from, at_ - from);
      if (escaped) out = unescape(out, true);
      ++at_;
      return true;
    }
    if (text_[at_] == '\\') {
      escaped = true;
      ++at_;
    }
  }
  return wrong("a quoted string does not end");
}

std::string_view TextDecoder::unescape(std::string_view raw, bool quotes) {
  if (!raw.contains('\\')) return raw;
  std::string out;
  for (size_t i = 0; i < raw.size(); ++i) {
    const char next = i + 1 < raw.size() ? raw[i + 1] : '\0';
    if (raw[i] == '\\' && (next == '\\' || next == 'n' || (quotes && next == '"'))) {
      out += next == 'n' ? '\n' : next;
      ++i;
    } else {
      out += raw[i];
    }
  }
  return charge(out.size()) ? batch_.arena.copy(out) : raw;
}

std::string_view TextDecoder::normalised(std::string_view label, std::string_view value) {
  const model::MetricType type = progress_.type;
  const bool is_histogram = type == model::MetricType::kHistogram || type == model::MetricType::kGaugeHistogram;
  const bool bound = (is_histogram && label == "le") ||
                     (type == model::MetricType::kSummary && label == "quantile");
  if (!bound) return value;
  const auto number = parse_float(value);
  if (!number) return value;
  const std::string text = format_bound(*number);
  return text == value || !charge(text.size()) ? value : batch_.arena.copy(text);
}

bool TextDecoder::add_label(std::string_view label, std::string_view value) {
  if (labels_.size() == kMostLabels) return wrong("more than 10000 labels");
  labels_.push_back({label, normalised(label, value)});
  return true;
}

bool TextDecoder::brace_item(std::string_view& metric) {
  const bool is_quoted = peek() == '"';
  std::string_view label;
  if (!name(kLabelStart, kLabelRest, label)) return false;
  blanks();
  if (is_quoted && peek() != '=') {
    if (!metric.empty()) return wrong("a second metric name");
    metric = label;
    return true;
  }
  if (peek() != '=') return wrong("'=' is expected after a label name");
  ++at_;
  blanks();
  if (peek() != '"') return wrong("a quoted label value is expected");
  std::string_view value;
  return quoted(value) && add_label(label, value);
}

bool TextDecoder::braces(std::string_view& metric) {
  ++at_;
  blanks();
  while (peek() != '}') {
    if (!brace_item(metric)) return false;
    blanks();
    if (peek() == '}') break;
    if (peek() != ',') return wrong("',' or '}' is expected after a label");
    ++at_;
    blanks();
  }
  ++at_;
  return true;
}

std::string_view TextDecoder::word() {
  const size_t from = at_;
  while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != '\t') ++at_;
  return text_.substr(from, at_ - from);
}

// Whole milliseconds; in OpenMetrics seconds with a fraction.
bool TextDecoder::time(int64_t& out) {
  const std::string_view text = word();
  if (is_open_) {
    const auto seconds = parse_float(text);
    constexpr double kMost = 9e15;  // milliseconds that a double and an int64 both hold
    if (!seconds || !(std::abs(*seconds * 1000) <= kMost)) return wrong("the timestamp is not a number of seconds");
    out = static_cast<int64_t>(std::llround(*seconds * 1000));
    return true;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return (error == std::errc() && end == text.data() + text.size()) || wrong("the timestamp is not an integer");
}

bool TextDecoder::value_and_time(model::Sample& sample, bool& timed) {
  blanks();
  const auto value = parse_float(word());
  if (!value) return wrong("the value is not a number");
  sample = {options_.default_time_ms, *value};
  blanks();
  if (at_ == text_.size()) return true;
  if (peek() != '#') {
    int64_t time_ms = 0;
    if (!time(time_ms)) return false;
    if (options_.honor_timestamps) {
      sample.time_ms = time_ms;
      timed = true;
    }
    blanks();
    if (at_ == text_.size()) return true;
  }
  if (peek() != '#') return wrong("something follows the timestamp");
  return is_open_ ? exemplar(sample.time_ms) : wrong("exemplars are not part of the text format");
}

// "# {trace_id="..."} 0.42 1795365600.123", of the sample in front of it, whose time it has where it has none itself.
bool TextDecoder::exemplar(int64_t time_ms) {
  ++at_;
  blanks();
  if (peek() != '{') return wrong("'{' is expected in an exemplar");
  std::vector<model::Label> of_series;
  of_series.swap(labels_);
  std::string_view none = "exemplar";  // a name in the braces would be a second one
  if (!braces(none)) return false;
  size_t characters = 0;
  for (const model::Label& label : labels_) characters += base::utf8_length(label.name) + base::utf8_length(label.value);
  std::erase_if(labels_, [](const model::Label& label) { return label.value.empty(); });
  std::ranges::sort(labels_, {}, &model::Label::name);
  const bool twice = std::ranges::adjacent_find(labels_, {}, &model::Label::name) != labels_.end();
  labels_.swap(of_series);  // `of_series` are now the exemplar's
  if (twice) return wrong("a label name of an exemplar is there twice");
  if (characters > kMostExemplarCharacters) return wrong("an exemplar's labels have more than 128 characters");
  blanks();
  const auto value = parse_float(word());
  if (!value) return wrong("an exemplar's value is not a number");
  blanks();
  if (at_ < text_.size() && !time(time_ms)) return false;
  blanks();
  if (charge(of_series.size() * sizeof(model::Label) + sizeof(model::Exemplar) + sizeof(model::SeriesExemplars))) {
    exemplar_ = {batch_.arena.copy_array(std::span<const model::Label>(of_series)), *value, time_ms};
  }
  return at_ == text_.size() || wrong("something follows the exemplar");
}

bool TextDecoder::sample() {
  labels_.clear();
  exemplar_.reset();
  std::string_view metric;
  if (peek() != '{' && !name(kMetricStart, kMetricRest, metric)) {
    return wrong("a metric name is expected");
  }
  const size_t after_name = at_;
  blanks();
  if (peek() == '{') {
    if (!braces(metric)) return false;
  } else if (at_ == after_name) {
    return wrong("invalid metric name");
  }
  if (metric.empty()) return wrong("a series without a metric name");
  labels_.push_back({"__name__", metric});
  std::ranges::sort(labels_, {}, &model::Label::name);
  if (std::ranges::adjacent_find(labels_, {}, &model::Label::name) != labels_.end()) {
    return wrong("a label name is there twice");
  }
  model::Sample out;
  bool timed = false;
  if (!value_and_time(out, timed)) return false;
  emit(out, timed);
  return true;
}

void TextDecoder::put_extra_labels() {
  if (options_.extra_labels.empty()) return;
  std::erase_if(labels_, [&](const model::Label& label) { return std::ranges::find(options_.extra_labels, label.name, &model::Label::name) != options_.extra_labels.end(); });
  labels_.insert(labels_.end(), options_.extra_labels.begin(), options_.extra_labels.end());
  std::ranges::sort(labels_, {}, &model::Label::name);
}

void TextDecoder::emit(const model::Sample& sample, bool timed) {
  put_extra_labels();
  std::erase_if(labels_, [](const model::Label& label) { return label.value.empty(); });
  if (!charge(labels_.size() * sizeof(model::Label) + sizeof(model::Sample) + sizeof(model::SeriesSamples))) return;
  auto samples = batch_.arena.make_array<model::Sample>(1);
  samples[0] = sample;
  batch_.series.push_back(
      {batch_.arena.copy_array(std::span<const model::Label>(labels_)), samples});
  if (has_time_ != nullptr) has_time_->push_back(timed);
  if (!exemplar_) return;
  auto exemplars = batch_.arena.make_array<model::Exemplar>(1);
  exemplars[0] = *exemplar_;
  batch_.exemplars.push_back({batch_.series.back().labels, exemplars});
}

struct Piece {
  TextProgress& progress;
  bool is_last;
};

// After an error the batch is as it was.
Result<> decode_whole_or_nothing(std::shared_ptr<const std::string> body, const TextOptions& options, const Piece& piece,
                                 model::Batch& batch, std::vector<bool>* has_time) {
  const size_t series = batch.series.size();
  const size_t metadata = batch.metadata.size();
  const size_t exemplars = batch.exemplars.size();
  const size_t timed = has_time != nullptr ? has_time->size() : 0;
  auto rejections = batch.rejections;
  auto decoded = TextDecoder(options, piece.progress, batch, has_time).decode(*body);
  if (decoded && piece.is_last && is_open_metrics(options.format) && !piece.progress.ended)
    decoded = fail(Code::kInvalidArgument, "the answer does not end with # EOF: it was cut off");
  if (!decoded) {
    batch.series.resize(series);
    batch.metadata.resize(metadata);
    batch.exemplars.resize(exemplars);
    batch.rejections = std::move(rejections);
    if (has_time != nullptr) has_time->resize(timed);
    return decoded;
  }
  batch.bodies.push_back(std::move(body));
  return {};
}

}  // namespace

bool is_metric_name(std::string_view text) { return is_name(text, kMetricStart, kMetricRest); }
bool is_label_name(std::string_view text) { return is_name(text, kLabelStart, kLabelRest); }

Result<> decode_text(std::shared_ptr<const std::string> body, const TextOptions& options,
                     model::Batch& batch, std::vector<bool>* has_time) {
  TextProgress progress;
  return decode_whole_or_nothing(std::move(body), options, {progress, true}, batch, has_time);
}

Result<> decode_text_piece(std::shared_ptr<const std::string> piece, const TextOptions& options, TextProgress& progress,
                           model::Batch& batch, std::vector<bool>* has_time) {
  return decode_whole_or_nothing(std::move(piece), options, {progress, false}, batch, has_time);
}

}  // namespace tripod::ingest::prometheus
