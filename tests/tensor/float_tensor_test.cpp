// The float twin of combine against loops over the definition.
#include "core/exact.hpp"
#include "support/catch.hpp"

#include <fxp/tensor/float_tensor.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace float_tensor_test {

using fxp::Context;
using fxp::FloatScalar;
using fxp::Shape;
using fxp::ShapeError;
using Tensor = fxp::FloatTensor<double>;

namespace {

/// Small integers over 16: sums and products of a few are exact in double, so the order of summation does not matter.
Tensor random_tensor(const Shape& shape, exact::Draw& draw) {
    Tensor result(shape);
    for (double& value : result.elements()) value = static_cast<double>(draw.raw(9)) / 16;
    return result;
}

double at(const Tensor& t, std::size_t r, std::size_t c) {
    if (t.size() == 1) return t.data()[0];
    const std::size_t rows = t.shape()[0];
    const std::size_t columns = t.shape()[1];
    return t.data()[(rows == 1 ? 0 : r) * columns + (columns == 1 ? 0 : c)];
}

} // namespace

TEST_CASE("float combine is the sum of its terms", "[tensor][float]") {
    exact::Draw draw(1);
    for (int round = 0; round < 60; ++round) {
        const std::size_t m = 1 + draw.below(9);
        const std::size_t k = 1 + draw.below(9);
        const std::size_t n = 1 + draw.below(9);
        const Tensor w = random_tensor({m, k}, draw);
        const Tensor x = random_tensor({k, n}, draw);
        const Tensor u = random_tensor({k, m}, draw);
        const Tensor v = random_tensor({n, k}, draw);
        const Tensor column = random_tensor({m, 1}, draw);
        const Tensor row = random_tensor({1, n}, draw);
        const Tensor whole = random_tensor({m, n}, draw);
        const FloatScalar<double> scalar{0.75};
        Tensor expected(Shape{m, n});
        for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
                double sum = at(column, i, j) - at(whole, i, j) + 0.25 * at(row, i, j);
                sum += at(column, i, j) * at(row, i, j) + 0.75 * at(whole, i, j);
                for (std::size_t l = 0; l < k; ++l) {
                    sum += at(w, i, l) * at(x, l, j) + at(u, l, i) * at(x, l, j);
                    sum += at(w, i, l) * at(v, j, l) + at(u, l, i) * at(v, j, l);
                }
                expected.data()[i * n + j] = sum;
            }
        }
        const auto with_terms = [&](auto&& f) {
            f(fxp::matrix(w, x), fxp::plus(column), fxp::matrix_tn(u, x), fxp::minus(whole), fxp::matrix_nt(w, v),
              fxp::scaled(row, -2), fxp::MatrixTerm<Tensor, Tensor>{u, v, true, true}, fxp::elementwise(column, row),
              fxp::elementwise(scalar, whole));
        };
        Tensor out = random_tensor({m, n}, draw);
        with_terms([&](const auto&... terms) { fxp::combine("combine", out, Context{}, terms...); });
        INFO(m << " x " << k << " x " << n);
        CHECK((out == expected));
        with_terms([&](const auto&... terms) { fxp::accumulate("combine", out, Context{}, terms...); });
        for (double& value : expected.elements()) value *= 2;
        CHECK((out == expected));
    }
}

TEST_CASE("float products alone overwrite what was there", "[tensor][float]") {
    exact::Draw draw(2);
    const Tensor a = random_tensor({3, 2}, draw);
    const Tensor b = random_tensor({2, 3}, draw);
    Tensor out(Shape{3, 3});
    out.fill(99);
    fxp::combine("matmul", out, Context{}, fxp::matrix(a, b));
    CHECK(out.data()[4] == at(a, 1, 0) * at(b, 0, 1) + at(a, 1, 1) * at(b, 1, 1));
    fxp::combine("sum", out, Context{}, fxp::plus(a)); // takes a new shape
    CHECK((out == a));
}

TEST_CASE("float shapes are checked", "[tensor][float]") {
    const Tensor a(Shape{2, 3});
    Tensor out(Shape{2, 2});
    CHECK_THROWS_AS(fxp::combine("add", out, Context{}, fxp::plus(a), fxp::plus(Tensor(Shape{3, 2}))), ShapeError);
    CHECK_THROWS_AS(fxp::combine("matmul", out, Context{}, fxp::matrix(a, a)), ShapeError);
    CHECK_THROWS_AS(fxp::accumulate("add", out, Context{}, fxp::plus(a)), ShapeError);
    const Tensor cube(Shape{2, 2, 3});
    CHECK_THROWS_AS(fxp::combine("add", out, Context{}, fxp::plus(cube), fxp::plus(Tensor(Shape{2, 1, 3}))),
                    ShapeError);
}

TEST_CASE("a float matrix product does not stretch", "[tensor][float]") {
    const Tensor a(Shape{2, 3});
    const Tensor b(Shape{3, 1});
    Tensor out;
    CHECK_THROWS_AS(fxp::combine("fma", out, Context{}, fxp::matrix(a, b), fxp::plus(Tensor(Shape{2, 4}))), ShapeError);
}

TEST_CASE("from_real of floats", "[tensor][float]") {
    const auto a = fxp::FloatTensor<float>::from_real({2}, {0.1, -3.0});
    CHECK(a.data()[0] == 0.1F);
    CHECK(a.to_real() == std::vector<double>{static_cast<double>(0.1F), -3.0});
    CHECK_THROWS_AS(Tensor::from_real({3}, {0.1, 2.0}), ShapeError);
    CHECK_THROWS_AS(Tensor::from_real({1}, {std::numeric_limits<double>::infinity()}), fxp::DomainError);
    CHECK_THROWS_AS(Tensor::from_real({1}, {std::nan("")}), fxp::DomainError);
    CHECK(FloatScalar<float>::from_real(0.1).value == 0.1F);
}

TEST_CASE("float activations are the functions themselves", "[tensor][float]") {
    const auto x = Tensor::from_real({4}, {0.25, 1.0, 2.5, 4.0});
    Tensor s;
    Tensor t;
    Tensor r;
    fxp::sigmoid_into(s, x);
    fxp::tanh_into(t, x);
    fxp::rsqrt_into(r, x);
    for (std::size_t i = 0; i < 4; ++i) {
        const double v = x.data()[i];
        CHECK(s.data()[i] == Approx(0.5 + 0.5 * std::tanh(v / 2)).epsilon(1e-14));
        CHECK(t.data()[i] == Approx(std::tanh(v)).epsilon(1e-14));
        CHECK(r.data()[i] * r.data()[i] * v == Approx(1.0).epsilon(1e-14));
    }
}

} // namespace float_tensor_test
