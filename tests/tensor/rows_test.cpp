#include "support/catch.hpp"

#include <fxp/tensor/arithmetic.hpp>
#include <fxp/tensor/rows.hpp>

#include <vector>

namespace rows_test {

using Tensor = fxp::FxpTensor<8, 24>;

namespace {

Tensor numbers(const fxp::Shape& shape) {
    std::vector<double> values(shape.size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 7) - 3;
    return Tensor::from_real(shape, values);
}

} // namespace

TEST_CASE("rows of a matrix multiply as a copy of them does", "[tensor]") {
    const Tensor a = numbers({6, 5});
    const Tensor b = numbers({3, 4});
    Tensor copy(fxp::Shape{3, 5});
    std::copy_n(a.data() + 2 * 5, copy.size(), copy.data());
    Tensor by_rows;
    Tensor by_copy;
    fxp::combine("test", by_rows, fxp::Context{}, fxp::matrix_tn(fxp::Rows<Tensor>(a, 2, 5), b));
    fxp::combine("test", by_copy, fxp::Context{}, fxp::matrix_tn(copy, b));
    CHECK(by_rows == by_copy);
}

TEST_CASE("rows that a matrix has not are refused, and rows of the result", "[tensor]") {
    Tensor a = numbers({6, 6});
    const Tensor vector = numbers({6});
    CHECK_THROWS_AS(fxp::Rows<Tensor>(a, 5, 7), fxp::ShapeError);
    CHECK_THROWS_AS(fxp::Rows<Tensor>(a, 3, 2), fxp::ShapeError);
    CHECK_THROWS_AS(fxp::Rows<Tensor>(vector, 0, 1), fxp::ShapeError);
    const Tensor b = numbers({6, 6});
    CHECK_THROWS_AS(fxp::combine("test", a, fxp::Context{}, fxp::matrix(b, fxp::Rows<Tensor>(a, 0, 6))),
                    fxp::ArgumentError);
}

} // namespace rows_test
