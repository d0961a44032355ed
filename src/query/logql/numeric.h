// Arithmetic of binary operations between two numbers.
#pragma once

#include <cmath>

#include "query/logql/ast.h"

namespace tripod::query::logql {

// Of arithmetic and comparison operators; a comparison gives 1 or 0.
inline double scalar_operation(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::kAdd: return a + b;
    case BinaryOp::kSub: return a - b;
    case BinaryOp::kMul: return a * b;
    case BinaryOp::kDiv: return b == 0 ? std::nan("") : a / b;
    case BinaryOp::kMod: return std::fmod(a, b);
    case BinaryOp::kPow: return std::pow(a, b);
    case BinaryOp::kEqual: return a == b ? 1 : 0;
    case BinaryOp::kNotEqual: return a != b ? 1 : 0;
    case BinaryOp::kLess: return a < b ? 1 : 0;
    case BinaryOp::kLessEqual: return a <= b ? 1 : 0;
    case BinaryOp::kGreater: return a > b ? 1 : 0;
    case BinaryOp::kGreaterEqual: return a >= b ? 1 : 0;
    default: return 0;
  }
}

}  // namespace tripod::query::logql
