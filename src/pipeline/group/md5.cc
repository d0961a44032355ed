#include "pipeline/group/md5.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <memory>

#include "base/hex.h"
#include "base/result.h"

namespace tripod::pipeline::group {

std::string md5_hex(std::span<const std::string_view> pieces) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  bool done = context != nullptr && EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) == 1;
  for (const std::string_view piece : pieces) {
    done = done && EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1;
  }
  done = done && EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1;
  TRIPOD_CHECK(done && size == 16);
  return base::to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string keyed_hash_hex(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const unsigned char* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                   reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                                   digest.data(), &size);
  TRIPOD_CHECK(made != nullptr && size == 32);
  return base::to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace tripod::pipeline::group
