// | decolorize: the line without the control sequences that terminals colour text by (ECMA-48).
#include "query/logql/stages/regex.h"
#include "query/logql/stages/stage.h"

namespace tripod::query::logql {
namespace {

// CSI … final byte, OSC … BEL or ST, and two-character escapes; ESC [ also as the one character U+009B.
constexpr std::string_view kSequence =
    "(?:\\x1b\\[|\\x{9b})[0-?]*[ -/]*[@-~]|\\x1b\\][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)|\\x1b[@-Z\\\\^_]";

class Runner final : public StageRunner {
 public:
  explicit Runner(Regex sequence) : sequence_(std::move(sequence)) {}
  bool run(Line& line) override {
    if (line.text.find('\x1b') == line.text.npos && line.text.find("\xc2\x9b") == line.text.npos) {
      return true;
    }
    std::string plain(line.text);
    RE2::GlobalReplace(&plain, *sequence_, "");
    line.buffer = std::move(plain);
    line.text = line.buffer;
    line.message = {};
    return true;
  }

 private:
  const Regex sequence_;
};

}  // namespace

base::Result<StagePtr> compile(const Decolorize&) {
  auto sequence = compile_regex(kSequence);
  if (!sequence) return base::fail(std::move(sequence.error()));
  return std::make_unique<Runner>(std::move(*sequence));
}

}  // namespace tripod::query::logql
