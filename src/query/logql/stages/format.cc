// | line_format "template" and | label_format a=b, c="template"
#include <algorithm>
#include <utility>
#include <vector>

#include "query/logql/stages/stage.h"
#include "query/logql/template/text_template.h"

namespace tripod::query::logql {
namespace {

using text_template::Context;
using text_template::Template;

Context context_of(const Line& line) {
  return {.labels = &line.labels, .line = line.text, .time = line.time, .now = line.now};
}

void add_template_needs(const Template& one, Needs& needs) {
  if (!one.labels_read(needs.names)) needs.all = true;
}

class LineRunner final : public StageRunner {
 public:
  explicit LineRunner(Template form) : form_(std::move(form)) {}
  bool run(Line& line) override {
    std::string out;
    if (const auto done = form_.execute(context_of(line), out); !done) {
      line.labels.set_error(kTemplateFormatError, done.error().message);
      return true;
    }
    line.buffer = std::move(out);
    line.text = line.buffer;
    line.message = {};
    return true;
  }
  void add_needs(Needs& needs) const override { add_template_needs(form_, needs); }

 private:
  const Template form_;
};

struct Item {
  std::string name;
  bool rename = false;
  std::string source;
  Template form;
};

class LabelRunner final : public StageRunner {
 public:
  explicit LabelRunner(std::vector<Item> items)
      : items_(std::move(items)),
        templates_(std::ranges::count(items_, false, &Item::rename)) {}

  bool run(Line& line) override {
    bool kept = false;
    for (const Item& item : items_) {
      if (item.rename) {
        if (const std::string* value = line.labels.find(item.source)) {
          const std::string own = *value;
          line.labels.set(item.name, own);
          if (item.name != item.source) line.labels.remove(item.source);
        }
        continue;
      }
      // Several templates of one stage see the labels as they were before the first of them.
      if (templates_ > 1 && !std::exchange(kept, true)) before_ = line.labels;
      Context context = context_of(line);
      if (templates_ > 1) context.labels = &before_;
      std::string out;
      if (const auto done = item.form.execute(context, out); !done) {
        line.labels.set_error(kTemplateFormatError, done.error().message);
      } else {
        line.labels.set(item.name, out);
      }
    }
    return true;
  }
  void add_needs(Needs& needs) const override {
    for (const Item& item : items_) {
      if (item.rename) needs.names.insert(item.source);
      else add_template_needs(item.form, needs);
    }
  }

 private:
  const std::vector<Item> items_;
  const ptrdiff_t templates_;
  LabelSet before_;
};

}  // namespace

base::Result<StagePtr> compile(const LineFormat& stage) {
  auto form = Template::parse("line", stage.text);
  if (!form) return base::fail(form.error().code, "invalid line template: " + form.error().message);
  return std::make_unique<LineRunner>(std::move(*form));
}

base::Result<StagePtr> compile(const LabelFormat& stage) {
  std::vector<Item> items;
  for (const LabelFormat::Item& one : stage.items) {
    Item item{one.name, one.rename, one.value, {}};
    if (!one.rename) {
      auto form = Template::parse("label", one.value);
      if (!form) {
        return base::fail(form.error().code, "invalid template for label '" + one.name + "': " + form.error().message);
      }
      item.form = std::move(*form);
    }
    items.push_back(std::move(item));
  }
  return std::make_unique<LabelRunner>(std::move(items));
}

}  // namespace tripod::query::logql
