#include <memory>
#include <utility>

#include "store/events/encoding/bitmap.h"
#include "store/events/row_batch.h"
#include "store/events/row_batch_layout.h"

namespace tripod::store {

class RowBatchDecoder {
 public:
  base::Result<RowBatch::Ptr> run(std::string body) {
    batch_.reset(new RowBatch());
    batch_->body_ = std::move(body);
    if (!read_trailer() || !read_keys() || !read_streams() || !read_rows()) {
      return base::fail(base::Code::kDataLoss, std::string("row batch: ") + problem_);
    }
    batch_->finish();
    return std::move(batch_);
  }

 private:
  bool bad(const char* problem) {
    problem_ = problem;
    return false;
  }

  bool read_trailer() {
    const std::string_view body = batch_->body_;
    if (body.size() < sizeof(trailer_) || body.size() > RowBatch::kMaxBodyBytes + sizeof(trailer_)) {
      return bad("size");
    }
    end_ = body.size() - sizeof(trailer_);
    trailer_ = load_word<RowBatchTrailer>(body.data() + end_);
    if (trailer_.rows_at > trailer_.keys_at || trailer_.keys_at > end_) return bad("sections");
    // Every stream, row and key takes at least one byte: a damaged count cannot make us allocate more than that.
    if (trailer_.streams > trailer_.rows_at || trailer_.rows > trailer_.keys_at - trailer_.rows_at ||
        trailer_.keys > end_ - trailer_.keys_at) {
      return bad("counts");
    }
    return true;
  }

  bool read_keys() {
    CheckedReader in(section(trailer_.keys_at, end_));
    batch_->keys_.reserve(trailer_.keys);
    for (uint32_t i = 0; i < trailer_.keys; ++i) {
      std::string_view key;
      if (!in.text(key)) return bad("keys");
      batch_->keys_.push_back(key);
    }
    return in.left() == 0 || bad("keys");
  }

  bool read_streams() {
    CheckedReader in(section(0, trailer_.rows_at));
    texts_ = Bitmap(end_);
    section_at_ = 0;
    batch_->streams_.reserve(trailer_.streams);
    for (uint32_t i = 0; i < trailer_.streams; ++i) {
      batch_->streams_.push_back({0, static_cast<uint32_t>(in.position())});
      if (!skip_fields(in)) return bad("streams");
    }
    return in.left() == 0 || bad("streams");
  }

  bool read_rows() {
    CheckedReader in(section(trailer_.rows_at, trailer_.keys_at));
    section_at_ = trailer_.rows_at;
    batch_->rows_.reserve(trailer_.rows);
    uint64_t time = 0;
    for (uint32_t i = 0; i < trailer_.rows; ++i) {
      uint64_t delta = 0, stream = 0;
      if (!in.varint(delta) || !in.varint(stream)) return bad("rows");
      if (stream >= trailer_.streams) return bad("a row's stream");
      time += static_cast<uint64_t>(unzigzag(delta));
      batch_->rows_.push_back({static_cast<base::UnixNanos>(time),
                               static_cast<uint32_t>(trailer_.rows_at + in.position()),
                               static_cast<uint32_t>(stream)});
      if (!skip_fields(in)) return bad("a row's fields");
    }
    return in.left() == 0 || bad("rows");
  }

  bool skip_fields(CheckedReader& in) {
    uint64_t fields = 0;
    if (!in.varint(fields)) return false;
    for (uint64_t i = 0; i < fields; ++i) {
      if (!skip_field(in)) return false;
    }
    return true;
  }

  bool skip_field(CheckedReader& in) {
    uint64_t head = 0, number = 0;
    std::string_view text;
    if (!in.varint(head) || head >> kFieldTagBits >= trailer_.keys) return false;
    switch (static_cast<FieldTag>(head & ((1u << kFieldTagBits) - 1))) {
      case FieldTag::kString:
      case FieldTag::kJson: {
        texts_.set(section_at_ + in.position());
        return in.text(text);
      }
      case FieldTag::kSameString:
      case FieldTag::kSameJson: {
        const size_t here = section_at_ + in.position();
        return in.varint(number) && number <= here && texts_.test(here - number);
      }
      case FieldTag::kInt64: return in.varint(number);
      case FieldTag::kFloat64: return in.bytes(sizeof(double), text);
      case FieldTag::kFalse:
      case FieldTag::kTrue: return true;
    }
    return false;
  }

  std::string_view section(size_t from, size_t to) const {
    return std::string_view(batch_->body_).substr(from, to - from);
  }

  std::unique_ptr<RowBatch> batch_;
  RowBatchTrailer trailer_;
  size_t end_ = 0;
  size_t section_at_ = 0;  // where the section being read begins
  Bitmap texts_;           // bytes at which a text's size stands
  const char* problem_ = "";
};

base::Result<RowBatch::Ptr> RowBatch::decode(std::string body) {
  return RowBatchDecoder().run(std::move(body));
}

}  // namespace tripod::store
