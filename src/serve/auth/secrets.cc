#include "serve/auth/secrets.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>

#include "base/hex.h"
#include "base/random.h"

namespace tripod::serve {

namespace {

constexpr uint32_t kPasses = 2;
constexpr uint32_t kMemoryKib = 19 * 1024;
constexpr uint32_t kLanes = 1;
constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;

}  // namespace

std::string make_token(std::string_view prefix) { return std::string(prefix) + base::random_hex(32); }

std::string hash_token(std::string_view token) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  TRIPOD_CHECK(EVP_Digest(token.data(), token.size(), digest.data(), &length, EVP_sha256(), nullptr) == 1);
  return base::to_hex({reinterpret_cast<const char*>(digest.data()), length});
}

base::Result<std::string> hash_password(std::string_view password) {
  const std::string salt = base::random_bytes(kSaltBytes);
  std::array<char, 256> encoded{};
  const int rc = argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, password.data(), password.size(), salt.data(),
                                       salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (rc != ARGON2_OK) return base::fail(base::Code::kInternal, std::string("argon2: ") + argon2_error_message(rc));
  return std::string(encoded.data());
}

bool verify_password(std::string_view phc, std::string_view password) {
  if (phc.empty()) return false;
  return argon2id_verify(std::string(phc).c_str(), password.data(), password.size()) == ARGON2_OK;
}

bool equal_secrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace tripod::serve
