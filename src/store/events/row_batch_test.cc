#include "store/events/row_batch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <random>

#include "store/events/field_text.h"
#include "store/events/wal_record.h"

namespace tripod::store {
namespace {

using model::Attribute;
using model::Value;

RowBatch::Ptr encode(std::vector<std::vector<Attribute>> streams, std::vector<std::vector<Attribute>> rows) {
  std::vector<std::span<const Attribute>> stream_spans(streams.begin(), streams.end());
  std::vector<Event> events;
  base::UnixNanos time = 1000;
  for (const auto& row : rows) events.push_back({time++, 0, row});
  auto batch = RowBatch::encode({Dataset::kLogs, stream_spans, events});
  EXPECT_TRUE(batch);
  return std::move(*batch);
}

// "key=text" of a row's own fields.
std::vector<std::string> own_fields(const RowBatch& batch, size_t row) {
  std::vector<std::string> out;
  FieldCursor cursor = batch.own_fields(batch.rows()[row]);
  uint32_t key = 0;
  Value value;
  NumberBuffer buffer;
  while (cursor.next(key, value)) {
    out.push_back(std::string(batch.keys()[key]) + "=" + std::string(field_text(value, buffer)));
  }
  return out;
}

TEST(RowBatchTest, EveryTypeComesBack) {
  const auto batch = encode({}, {{{"s", Value::string("text")}, {"i", Value::int64(-7)}, {"f", Value::float64(0.5)},
                                  {"t", Value::boolean(true)}, {"u", Value::boolean(false)}, {"j", Value::json("{}")}}});
  EXPECT_EQ(own_fields(*batch, 0), (std::vector<std::string>{"s=text", "i=-7", "f=0.5", "t=true", "u=false", "j={}"}));
}

TEST(RowBatchTest, NullsAndRepeatsAreLeftOut) {
  const auto batch = encode({}, {{{"a", Value()}, {"b", Value::int64(1)}, {"b", Value::int64(2)}}, {{"b", Value::int64(3)}}});
  EXPECT_EQ(own_fields(*batch, 0), std::vector<std::string>{"b=1"});
  EXPECT_EQ(own_fields(*batch, 1), std::vector<std::string>{"b=3"});
}

TEST(RowBatchTest, ManyNullsLeaveFew) {
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back("key." + std::to_string(i));
  std::vector<Attribute> row;
  for (const auto& name : names) row.push_back({name, Value()});
  row[150].value = row[299].value = Value::string("text that comes twice");
  const auto batch = encode({}, {row, row});
  const std::vector<std::string> wanted{"key.150=text that comes twice", "key.299=text that comes twice"};
  EXPECT_EQ(own_fields(*batch, 0), wanted);
  const auto read = RowBatch::decode(std::string(batch->body()));
  ASSERT_TRUE(read);
  EXPECT_EQ(own_fields(**read, 1), wanted);
}

TEST(RowBatchTest, TextsThatComeAgainAreKeptOnce) {
  std::vector<std::vector<Attribute>> rows;
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.push_back("0af7651916cd43dd8448eb211c80319c" + std::to_string(i % 100));
  for (int i = 0; i < 1000; ++i) rows.push_back({{i % 2 == 0 ? "request_id" : "trace_id", Value::string(ids[static_cast<size_t>(i)])}});
  const auto batch = encode({}, rows);
  EXPECT_LT(batch->body().size(), 1000 * 10 + 100 * 40);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(own_fields(*batch, i), std::vector<std::string>{std::string(rows[i][0].key) + "=" + ids[i]});
  }
}

// "key=text" of a row's own fields, as the columns have them.
std::vector<std::vector<std::string>> fields_of_columns(const RowBatch& batch) {
  std::vector<std::vector<std::string>> out(batch.rows().size());
  NumberBuffer buffer;
  for (size_t key = 0; key < batch.keys().size(); ++key) {
    const auto values = batch.columns()->values(key);
    uint32_t next = 0;
    for (const BatchColumns::Field& field : batch.columns()->fields(key)) {
      EXPECT_GE(field.row, next) << "rows rise";
      next = field.row + 1u;
      const Value value = batch.value(values[field.value]);
      out[field.row].push_back(std::string(batch.keys()[key]) + "=" + std::string(field_text(value, buffer)) + " of type " +
                               std::to_string(static_cast<int>(value.type())));
    }
  }
  for (auto& row : out) std::ranges::sort(row);
  return out;
}

TEST(RowBatchTest, ColumnsHaveWhatTheRowsHave) {
  std::mt19937_64 random(7);
  std::deque<std::string> texts;
  const auto text = [&](size_t size) {
    return std::string_view(texts.emplace_back(size, static_cast<char>('a' + random() % 3)));
  };
  std::vector<std::vector<Attribute>> rows;
  const std::string lasting(100, 'x');  // lies at one place
  for (int64_t i = 0; i < 3000; ++i) {
    std::vector<Attribute> row{{"id", Value::string(texts.emplace_back(std::to_string(i / 3) + "-0123456789"))},
                               {"same id", Value::string(texts.emplace_back(std::to_string(i / 3) + "-0123456789"))},
                               {"other id", Value::string(texts.emplace_back("other " + std::to_string(i / 3)))},
                               {"long", Value::string(i % 2 == 0 ? std::string_view(lasting) : text(100))},
                               {"number", Value::int64(i % 7 - 3)},
                               {"took", Value::float64(static_cast<double>(i) / 8)},
                               {"flag", Value::boolean(i % 3 == 0)},
                               {"bytes", Value::bytes(text(5))}};
    // One key with values of several types, some of which are written alike.
    const std::array<Value, 6> mixed{Value::string("1"),      Value::json("1"),        Value::int64(1),
                                     Value::string("true1"),  Value::json("true1"),    Value::string("")};
    row.push_back({"mixed", mixed[static_cast<size_t>(i) % mixed.size()]});
    if (i % 40 == 0) row.push_back({"short", Value::string(text(random() % 5))});
    if (i % 5 == 0) row.push_back({"number", Value::string("comes too late")});
    if (i % 2 == 1) std::ranges::reverse(row);
    rows.push_back(std::move(row));
  }
  const auto batch = encode({{{"mixed", Value::string("the stream's")}, {"service.name", Value::string("shop")}}}, rows);
  ASSERT_NE(batch->columns(), nullptr);
  const auto by_column = fields_of_columns(*batch);
  NumberBuffer buffer;
  for (size_t row = 0; row < rows.size(); ++row) {
    std::vector<std::string> wanted;
    FieldCursor cursor = batch->own_fields(batch->rows()[row]);
    uint32_t key = 0;
    for (Value value; cursor.next(key, value);) {
      wanted.push_back(std::string(batch->keys()[key]) + "=" + std::string(field_text(value, buffer)) + " of type " +
                       std::to_string(static_cast<int>(value.type())));
    }
    std::ranges::sort(wanted);
    ASSERT_EQ(by_column[row], wanted) << row;
  }
  const auto ids = batch->columns()->values(batch->key_index("other id"));
  EXPECT_LT(ids.size(), 1500u) << "of 1,000 that come three times each";
  EXPECT_LT(batch->columns()->values(batch->key_index("number")).size(), 20u);
}

TEST(RowBatchTest, FewRowsAndRowsOfTheLogHaveNoColumns) {
  EXPECT_EQ(encode({}, {{{"a", Value::int64(1)}}})->columns(), nullptr);
  const std::vector<std::vector<Attribute>> rows(100, {{"a", Value::int64(1)}});
  const auto batch = encode({}, rows);
  EXPECT_NE(batch->columns(), nullptr);
  const auto read = RowBatch::decode(std::string(batch->body()));
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->columns(), nullptr);
}

TEST(RowBatchTest, BytesBecomeBase64) {
  const auto batch = encode({}, {{{"0", Value::bytes("")}, {"1", Value::bytes("f")}, {"2", Value::bytes("fo")},
                                  {"3", Value::bytes("foo")}, {"4", Value::bytes("\xff\xfe")}}});
  EXPECT_EQ(own_fields(*batch, 0), (std::vector<std::string>{"0=", "1=Zg==", "2=Zm8=", "3=Zm9v", "4=//4="}));
}

TEST(RowBatchTest, ManyKeys) {
  std::vector<std::string> names;
  for (int i = 0; i < 5000; ++i) names.push_back("key." + std::to_string(i));
  std::vector<Attribute> row;
  for (const auto& name : names) row.push_back({name, Value::string(name)});
  const auto batch = encode({}, {row, row});
  ASSERT_EQ(batch->keys().size(), names.size());
  EXPECT_EQ(own_fields(*batch, 1)[4999], "key.4999=key.4999");
  EXPECT_EQ(batch->key_index("key.77"), 77u);
  EXPECT_EQ(batch->key_index("other"), RowBatch::kNoKey);
}

TEST(RowBatchTest, StreamIdsDoNotDependOnOrder) {
  const Attribute a{"service.name", Value::string("x")}, b{"host.name", Value::string("y")};
  const auto one = encode({{a, b}}, {{}}), other = encode({{b, a}}, {{}});
  EXPECT_EQ(one->streams()[0].id, other->streams()[0].id);
  EXPECT_NE(one->streams()[0].id, encode({{a}}, {{}})->streams()[0].id);
  EXPECT_NE(one->streams()[0].id,
            encode({{{"service.name", Value::string("y")}, {"host.name", Value::string("x")}}}, {{}})->streams()[0].id);
}

TEST(RowBatchTest, UnknownStreamIsRefused) {
  const Event event{1, 1, {}};
  auto batch = RowBatch::encode({Dataset::kLogs, {}, {&event, 1}});
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().code, base::Code::kInvalidArgument);
}

TEST(RowBatchTest, TimesAtTheirLimits) {
  std::vector<Event> events = {{INT64_MAX, 0, {}}, {INT64_MIN, 0, {}}, {0, 0, {}}};
  auto batch = RowBatch::encode({Dataset::kLogs, {}, events});
  ASSERT_TRUE(batch);
  auto back = RowBatch::decode(std::string((*batch)->body()));
  ASSERT_TRUE(back) << back.error().message;
  for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ((*back)->rows()[i].time, events[i].time);
}

TEST(WalRecordTest, PlainAndCompressedComeBack) {
  std::vector<std::vector<Attribute>> rows(100, {{"k", Value::string("the same text again and again")}});
  const auto batch = encode({{{"s", Value::string("v")}}}, rows);
  for (WalCompression compression : {WalCompression::kNone, WalCompression::kLz4}) {
    std::string record = make_wal_record(Dataset::kSpans, batch->body(), compression);
    set_first_sequence(record, 42);
    auto read = read_wal_record(Dataset::kSpans, record);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->first_sequence, 42u);
    EXPECT_EQ(read->batch->body(), batch->body());
    EXPECT_EQ(read->batch->streams()[0].id, batch->streams()[0].id);
    EXPECT_FALSE(read_wal_record(Dataset::kLogs, record));
  }
}

TEST(WalRecordTest, NewerVersionIsNamedAsSuch) {
  std::string record = make_wal_record(Dataset::kLogs, encode({}, {{}})->body(), WalCompression::kNone);
  record[0] = 77;
  auto read = read_wal_record(Dataset::kLogs, record);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, base::Code::kUnsupported);
}

TEST(WalRecordTest, DamageIsFoundOrHarmless) {
  std::mt19937_64 rng(5);
  const auto batch = encode({{{"s", Value::string("v")}}},
                            {{{"a", Value::string("x")}, {"b", Value::int64(5)}}, {{"c", Value::float64(1)}}});
  const std::string good = make_wal_record(Dataset::kLogs, batch->body(), WalCompression::kNone);
  for (int i = 0; i < 50'000; ++i) {
    std::string record = good;
    for (size_t flips = 1 + rng() % 4; flips > 0; --flips) record[rng() % record.size()] ^= static_cast<char>(1 << rng() % 8);
    if (rng() % 4 == 0) record.resize(rng() % record.size());
    auto read = read_wal_record(Dataset::kLogs, record);
    if (!read) continue;
    for (size_t row = 0; row < read->batch->rows().size(); ++row) own_fields(*read->batch, row);
  }
}

}  // namespace
}  // namespace tripod::store
