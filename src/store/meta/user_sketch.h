// How many different users an issue has, once they are too many to remember: HyperLogLog (Flajolet et al. 2007), 1.6 % standard error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tripod::store {

// As text, which is how it is stored: one printable character per register. Not thread-safe.
class UserSketch {
 public:
  UserSketch();
  // What text() gave; any other text is an empty sketch.
  explicit UserSketch(std::string_view text);

  // 16 hexadecimal digits of a hash; equal ones are one user. Whether it changed anything.
  bool add(std::string_view hash);
  bool merge(const UserSketch& other);
  uint64_t count() const;
  const std::string& text() const { return registers_; }

 private:
  bool raise(size_t index, char value);

  std::string registers_;
};

}  // namespace tripod::store
