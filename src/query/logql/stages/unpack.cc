// | unpack: what Promtail's pack stage wrapped. _entry becomes the line, the other texts labels.
#include <utility>
#include <vector>

#include "query/logql/go_text.h"
#include "query/logql/stages/json_scan.h"
#include "query/logql/stages/stage.h"

namespace tripod::query::logql {
namespace {

class Runner final : public StageRunner {
 public:
  bool run(Line& line) override {
    if (line.text.empty()) return true;
    if (const auto unpacked = unpack(line); !unpacked) {
      line.labels.set_error(kJsonParserError, unpacked.error().message);
    }
    return true;
  }

 private:
  base::Result<> unpack(Line& line) {
    JsonScanner scanner(line.text);
    if (!scanner.enter_object()) {
      return base::fail(base::Code::kInvalidArgument, "expecting json object(6), but it is not");
    }
    bool packed = false;
    std::string key, entry;
    JsonItem item;
    found_.clear();
    while (true) {
      const auto more = scanner.next_member(key, item);
      if (!more) return base::fail(more.error());
      if (!*more) break;
      if (item.kind != JsonKind::kString) continue;
      if (key == "_entry") {
        entry.clear();
        packed = unescape_json(item.raw, entry);
      } else {
        found_.emplace_back(sanitize_label(key), json_label_value(item));
      }
    }
    if (!packed) return {};
    for (const auto& [name, value] : found_) line.labels.extract(name, value);
    line.buffer = std::move(entry);
    line.text = line.buffer;
    line.message = {};
    return {};
  }

  std::vector<std::pair<std::string, std::string>> found_;
};

}  // namespace

base::Result<StagePtr> compile(const UnpackParser&) { return std::make_unique<Runner>(); }

}  // namespace tripod::query::logql
