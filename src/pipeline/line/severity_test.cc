#include "pipeline/line/severity.h"

#include <gtest/gtest.h>

namespace tripod::pipeline {
namespace {

TEST(SeverityTest, WordsOfManyLibraries) {
  struct Case {
    const char* word;
    int number;
    const char* text;
  };
  for (const Case& c : {Case{"TRACE", 1, "trace"},
                        {"debug", 5, "debug"},
                        {"DEBUG2", 6, "debug"},
                        {"Info", 9, "info"},
                        {"INFORMATION", 9, "info"},
                        {"INFO4", 12, "info"},
                        {"notice", 10, "info"},
                        {"WARNING", 13, "warn"},
                        {"warn", 13, "warn"},
                        {"W", 13, "warn"},
                        {"ERROR", 17, "error"},
                        {" err ", 17, "error"},
                        {"severe", 17, "error"},
                        {"CRITICAL", 21, "fatal"},
                        {"fatal", 21, "fatal"},
                        {"panic", 21, "fatal"},
                        {"emerg", 21, "fatal"},
                        {"30", 9, "info"},
                        {"3", 17, "error"}}) {
    const Severity s = severity_from_text(c.word);
    EXPECT_EQ(s.number, c.number) << c.word;
    EXPECT_EQ(s.text, c.text) << c.word;
  }
  for (const char* word : {"", "nonsense", "info5", "notice2", "a-very-long-severity-word", "99"}) {
    EXPECT_FALSE(severity_from_text(word)) << word;
  }
}

TEST(SeverityTest, NumbersOfSyslogAndPino) {
  EXPECT_EQ(severity_from_number(0).text, "fatal");
  EXPECT_EQ(severity_from_number(3).text, "error");
  EXPECT_EQ(severity_from_number(7).text, "debug");
  EXPECT_EQ(severity_from_number(10).text, "trace");
  EXPECT_EQ(severity_from_number(40).text, "warn");
  EXPECT_EQ(severity_from_number(60).text, "fatal");
  EXPECT_FALSE(severity_from_number(8));
  EXPECT_FALSE(severity_from_number(-1));
  EXPECT_FALSE(severity_from_number(70));
}

TEST(SeverityTest, NormalisingFillsWhatIsMissing) {
  model::LogRecord record;
  record.severity_text = "WARNING";
  normalise_severity(record);
  EXPECT_EQ(record.severity_number, 13);
  EXPECT_EQ(record.severity_text, "warn");

  record = {};
  record.severity_number = 18;
  normalise_severity(record);
  EXPECT_EQ(record.severity_text, "error");

  record = {};
  record.severity_text = "bespoke";
  normalise_severity(record);
  EXPECT_EQ(record.severity_number, 0);
  EXPECT_EQ(record.severity_text, "bespoke");
}

}  // namespace
}  // namespace tripod::pipeline
