#include "support/catch.hpp"

#include <fxp/tensor/arithmetic.hpp>
#include <fxp/tensor/block.hpp>

#include <algorithm>
#include <vector>

namespace block_test {

using Tensor = fxp::FxpTensor<8, 24>;

namespace {

Tensor numbers(const fxp::Shape& shape) {
    std::vector<double> values(shape.size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 7) - 3;
    return Tensor::from_real(shape, values);
}

} // namespace

TEST_CASE("a block of a matrix multiplies as a copy of it does", "[tensor]") {
    const Tensor a = numbers({6, 50});
    const Tensor b = numbers({3, 40});
    for (const fxp::Extent& columns :
         {fxp::Extent{0, 50}, fxp::Extent{7, 50}, fxp::Extent{0, 43}, fxp::Extent{9, 10}}) {
        const std::size_t width = columns.end - columns.begin;
        Tensor copy(fxp::Shape{3, width});
        for (std::size_t r = 0; r < 3; ++r) {
            std::copy_n(a.data() + (2 + r) * 50 + columns.begin, width, copy.data() + r * width);
        }
        const fxp::Block<Tensor> block(a, {2, 5}, columns);
        Tensor by_block;
        Tensor by_copy;
        fxp::combine("test", by_block, fxp::Context{}, fxp::matrix_tn(block, b));
        fxp::combine("test", by_copy, fxp::Context{}, fxp::matrix_tn(copy, b));
        CHECK(by_block == by_copy);
        fxp::combine("test", by_block, fxp::Context{}, fxp::matrix_tn(b, block));
        fxp::combine("test", by_copy, fxp::Context{}, fxp::matrix_tn(b, copy));
        CHECK(by_block == by_copy);
    }
}

TEST_CASE("blocks that a matrix has not are refused, and blocks of the result", "[tensor]") {
    Tensor a = numbers({6, 6});
    const Tensor vector = numbers({6});
    using Block = fxp::Block<Tensor>;
    CHECK_THROWS_AS(Block(a, {5, 7}, {0, 6}), fxp::ShapeError);
    CHECK_THROWS_AS(Block(a, {3, 2}, {0, 6}), fxp::ShapeError);
    CHECK_THROWS_AS(Block(a, {0, 6}, {5, 7}), fxp::ShapeError);
    CHECK_THROWS_AS(Block(a, {0, 6}, {3, 2}), fxp::ShapeError);
    CHECK_THROWS_AS(Block(vector, {0, 1}, {0, 1}), fxp::ShapeError);
    const Tensor b = numbers({6, 6});
    CHECK_THROWS_AS(fxp::combine("test", a, fxp::Context{}, fxp::matrix(b, Block(a, {0, 6}, {0, 6}))),
                    fxp::ArgumentError);
}

} // namespace block_test
