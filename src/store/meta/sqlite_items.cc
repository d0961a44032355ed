// The SQLite meta store's reports, feedback and lists of files.
#include <soci/soci.h>

#include <algorithm>

#include "store/meta/sqlite_guard.h"

namespace tripod::store {

using base::Code;
using base::kNanosPerDay;
using base::Result;
using base::UnixNanos;
using soci::into;
using soci::use;

namespace {

constexpr const char* kFeedbackColumns = "id, feedback_id, project, event_id, issue, name, email, message, url, source, created";
constexpr const char* kAttachmentColumns = "id, kind, project, event_id, name, content_type, attachment_type, bytes, created";
// Quantities come from outside; sums stay within 64 bits.
constexpr uint64_t kMostQuantity = uint64_t{1} << 40;

void add_report(soci::session& db, const model::ClientReport& report) {
  const auto project = static_cast<int64_t>(report.project);
  const UnixNanos day = report.time - report.time % kNanosPerDay;
  const auto quantity = static_cast<int64_t>(std::min(report.quantity, kMostQuantity));
  std::string reason = report.reason, category = report.category;
  int64_t known = 0, number = 0;
  db << "SELECT count(*), coalesce(sum(reason = :r AND category = :c), 0) FROM discarded WHERE project = :p AND day = :d", use(reason), use(category), use(project),
      use(day), into(number), into(known);
  if (known == 0 && number >= ItemStore::kMostDiscardedOfDay) reason = category = "other";
  db << "INSERT INTO discarded (project, day, reason, category, quantity) VALUES (:p, :d, :r, :c, :q) "
        "ON CONFLICT (project, day, reason, category) DO UPDATE SET quantity = quantity + excluded.quantity",
      use(project), use(day), use(reason), use(category), use(quantity);
  const UnixNanos oldest = day - ItemStore::kDiscardedDays * kNanosPerDay;
  db << "DELETE FROM discarded WHERE project = :p AND day < :o", use(project), use(oldest);
}

void add_one_feedback(soci::session& db, const model::UserFeedback& f, int64_t issue) {
  const std::string id = f.id.hex(), event = f.event_id.empty() ? std::string() : f.event_id.hex();
  const auto project = static_cast<int64_t>(f.project);
  db << "INSERT INTO feedback (feedback_id, project, event_id, issue, name, email, message, url, source, created) "
        "VALUES (:f, :p, :e, :i, :n, :em, :m, :u, :s, :c) ON CONFLICT (project, feedback_id) DO UPDATE SET name = excluded.name, email = excluded.email, "
        "message = excluded.message, url = excluded.url",
      use(id), use(project), use(event), use(issue), use(f.name), use(f.email), use(f.message), use(f.url), use(f.source), use(f.time);
}

// Binds a row's columns in kAttachmentColumns' order.
struct AttachmentReader {
  AttachmentRow row;
  int kind = 0;
  int64_t bytes = 0;

  template <class Prepare>
  auto bind(Prepare&& prepare) {
    return (std::forward<Prepare>(prepare), into(row.id), into(kind), into(row.project), into(row.event_id), into(row.name), into(row.content_type),
            into(row.attachment_type), into(bytes), into(row.created));
  }
  std::vector<AttachmentRow> all(soci::statement& st) {
    std::vector<AttachmentRow> out;
    st.execute();
    while (st.fetch()) {
      row.kind = static_cast<model::Attachment::Kind>(kind);
      row.bytes = static_cast<uint64_t>(bytes);
      out.push_back(row);
    }
    return out;
  }
};

std::string select_attachments(const std::string& rest) { return std::string("SELECT ") + kAttachmentColumns + " FROM attachment " + rest; }

}  // namespace

Result<> SqliteMetaStore::add_client_reports(std::span<const model::ClientReport> reports) {
  return guarded("add client reports", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    for (const model::ClientReport& report : reports) add_report(db, report);
    transaction.commit();
    return {};
  });
}

Result<std::vector<DiscardedRow>> SqliteMetaStore::discarded(UnixNanos since, UnixNanos until) {
  return guarded("discarded items", [&](soci::session& db) -> Result<std::vector<DiscardedRow>> {
    std::vector<DiscardedRow> out;
    DiscardedRow row;
    int64_t quantity = 0;
    soci::statement st = (db.prepare << "SELECT project, day, reason, category, quantity FROM discarded WHERE day >= :a AND day < :b "
                                        "ORDER BY day, quantity DESC, reason, category, project",
                          use(since), use(until), into(row.project), into(row.day), into(row.reason), into(row.category), into(quantity));
    st.execute();
    while (st.fetch()) {
      row.quantity = static_cast<uint64_t>(quantity);
      out.push_back(row);
    }
    return out;
  });
}

Result<> SqliteMetaStore::add_feedback(std::span<const model::UserFeedback> feedback, std::span<const int64_t> issues) {
  return guarded("add feedback", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    for (size_t i = 0; i < feedback.size(); ++i) add_one_feedback(db, feedback[i], issues[i]);
    const int64_t most = kMostFeedback;
    db << "DELETE FROM feedback WHERE id <= (SELECT max(id) - :m FROM feedback)", use(most);
    transaction.commit();
    return {};
  });
}

Result<std::vector<FeedbackRow>> SqliteMetaStore::feedback(const FeedbackQuery& query) {
  return guarded("feedback", [&](soci::session& db) -> Result<std::vector<FeedbackRow>> {
    std::vector<FeedbackRow> out;
    FeedbackRow row;
    model::UserFeedback& f = row.feedback;
    std::string id, event;
    int64_t project = 0;
    const auto limit = static_cast<int64_t>(query.limit);
    std::string where = "id < :b";
    if (query.issue != 0) where += " AND issue = :i";
    if (query.only_unlinked) where += " AND issue = 0 AND event_id <> ''";
    soci::statement st(db);
    st.exchange(into(row.id)), st.exchange(into(id)), st.exchange(into(project)), st.exchange(into(event)), st.exchange(into(row.issue));
    st.exchange(into(f.name)), st.exchange(into(f.email)), st.exchange(into(f.message)), st.exchange(into(f.url)), st.exchange(into(f.source));
    st.exchange(into(f.time)), st.exchange(use(query.before));
    if (query.issue != 0) st.exchange(use(query.issue));
    st.exchange(use(limit));
    st.alloc();
    st.prepare(std::string("SELECT ") + kFeedbackColumns + " FROM feedback WHERE " + where + " ORDER BY id DESC LIMIT :l");
    st.define_and_bind();
    st.execute();
    while (st.fetch()) {
      f.id = model::EventId::from_hex(id);
      f.event_id = model::EventId::from_hex(event);
      f.project = static_cast<uint64_t>(project);
      out.push_back(row);
    }
    return out;
  });
}

Result<> SqliteMetaStore::link_feedback(int64_t id, int64_t issue) {
  return guarded("link feedback", [&](soci::session& db) -> Result<> {
    db << "UPDATE feedback SET issue = :i WHERE id = :id", use(issue), use(id);
    return {};
  });
}

Result<> SqliteMetaStore::add_attachments(std::span<const AttachmentRow> rows) {
  return guarded("add attachments", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    for (const AttachmentRow& row : rows) {
      const int kind = static_cast<int>(row.kind);
      const auto bytes = static_cast<int64_t>(row.bytes);
      db << std::string("INSERT INTO attachment (") + kAttachmentColumns + ") VALUES (:id, :k, :p, :e, :n, :ct, :at, :b, :c) ON CONFLICT (id) DO NOTHING",
          use(row.id), use(kind), use(row.project), use(row.event_id), use(row.name), use(row.content_type), use(row.attachment_type), use(bytes), use(row.created);
    }
    transaction.commit();
    return {};
  });
}

Result<std::vector<AttachmentRow>> SqliteMetaStore::attachments_of(const std::string& event_id) {
  return guarded("attachments", [&](soci::session& db) -> Result<std::vector<AttachmentRow>> {
    AttachmentReader reader;
    soci::statement st = (reader.bind(db.prepare << select_attachments("WHERE event_id = :e ORDER BY created, name")), use(event_id));
    return reader.all(st);
  });
}

Result<AttachmentRow> SqliteMetaStore::attachment(const std::string& id) {
  return guarded("attachment", [&](soci::session& db) -> Result<AttachmentRow> {
    AttachmentReader reader;
    soci::statement st = (reader.bind(db.prepare << select_attachments("WHERE id = :i")), use(id));
    auto rows = reader.all(st);
    if (rows.empty()) return base::fail(Code::kNotFound, "no such attachment");
    return std::move(rows.front());
  });
}

Result<std::vector<AttachmentRow>> SqliteMetaStore::oldest_attachments(size_t limit) {
  return guarded("oldest attachments", [&](soci::session& db) -> Result<std::vector<AttachmentRow>> {
    AttachmentReader reader;
    const auto most = static_cast<int64_t>(limit);
    soci::statement st = (reader.bind(db.prepare << select_attachments("ORDER BY created LIMIT :l")), use(most));
    return reader.all(st);
  });
}

Result<AttachmentTotals> SqliteMetaStore::attachment_totals() {
  return guarded("attachment totals", [&](soci::session& db) -> Result<AttachmentTotals> {
    int64_t number = 0, bytes = 0;
    db << "SELECT count(*), coalesce(sum(bytes), 0) FROM attachment", into(number), into(bytes);
    return AttachmentTotals{static_cast<uint64_t>(number), static_cast<uint64_t>(bytes)};
  });
}

Result<> SqliteMetaStore::remove_attachments(std::span<const AttachmentRow> rows) {
  return guarded("remove attachments", [&](soci::session& db) -> Result<> {
    soci::transaction transaction(db);
    for (const AttachmentRow& row : rows) db << "DELETE FROM attachment WHERE id = :i", use(row.id);
    transaction.commit();
    return {};
  });
}

}  // namespace tripod::store
