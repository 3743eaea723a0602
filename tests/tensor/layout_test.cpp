// Every operation on every axis of ranks 1 to 4 against the index formula of its meaning.
#include "support/catch.hpp"

#include <fxp/tensor/dynamic_tensor.hpp>
#include <fxp/tensor/fxp_tensor.hpp>
#include <fxp/tensor/layout.hpp>

#include <array>
#include <numeric>
#include <vector>

namespace layout_test {

using Catch::Matchers::ContainsSubstring;
using fxp::ArgumentError;
using fxp::Shape;
using fxp::ShapeError;
using Tensor = fxp::FxpTensor<16, 16>;
using Index = std::array<std::size_t, 4>;

namespace {

/// Elements 0, 1, 2, ... so that every element is its own address.
Tensor numbered(const Shape& shape, std::int32_t first = 0) {
    Tensor t(shape);
    std::iota(t.data(), t.data() + t.size(), first);
    return t;
}

std::size_t offset(const Shape& shape, const Index& index) {
    std::size_t result = 0;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) result = result * shape[axis] + index[axis];
    return result;
}

/// Checks that out has `shape` and out[index] = from(index) for every index.
template <class From>
void check_elements(const Tensor& out, const Shape& shape, From from) {
    REQUIRE(out.shape() == shape);
    REQUIRE(out.size() == shape.size());
    if (shape.size() == 0) return;
    Index index{};
    while (true) {
        REQUIRE(out.data()[offset(shape, index)] == from(index));
        std::size_t axis = shape.rank();
        while (axis > 0 && ++index[axis - 1] == shape[axis - 1]) index[--axis] = 0;
        if (axis == 0) return;
    }
}

const std::vector<Shape> shapes{{5}, {1}, {3, 4}, {1, 6}, {2, 3, 4}, {3, 1, 2}, {2, 3, 4, 5}, {4, 2, 1, 3}, {2, 0, 3}};

} // namespace

TEST_CASE("transpose exchanges any two axes", "[tensor][layout]") {
    for (const Shape& shape : shapes) {
        const Tensor a = numbered(shape);
        for (std::size_t first = 0; first < shape.rank(); ++first) {
            for (std::size_t second = 0; second < shape.rank(); ++second) {
                Shape expected = shape;
                std::swap(expected[first], expected[second]);
                const Tensor out = fxp::transpose(a, first, second);
                check_elements(out, expected, [&](Index index) {
                    std::swap(index[first], index[second]);
                    return a.data()[offset(shape, index)];
                });
                CHECK((fxp::transpose(out, first, second) == a));
            }
        }
    }
    CHECK_THROWS_AS(fxp::transpose(numbered({3})), ShapeError);
    CHECK_THROWS_AS(fxp::transpose(numbered({3, 4}), 0, 2), ShapeError);
    CHECK_THROWS_AS(fxp::transpose(numbered({3, 4}), 2, 0), ShapeError);
}

TEST_CASE("reshape keeps the order", "[tensor][layout]") {
    const Tensor a = numbered({2, 3, 4});
    for (const Shape& shape : {Shape{24}, Shape{4, 6}, Shape{1, 24}, Shape{3, 2, 2, 2}}) {
        const Tensor out = fxp::reshape(a, shape);
        CHECK(out.shape() == shape);
        CHECK(std::equal(out.data(), out.data() + 24, a.data()));
    }
    CHECK_THROWS_AS(fxp::reshape(a, {5, 5}), ShapeError);
    CHECK_THROWS_AS(fxp::reshape(a, {}), ShapeError);
    CHECK(fxp::reshape(numbered({1}), {}).shape() == Shape{});
    Tensor same = a;
    fxp::reshape_into(same, same, {4, 6});
    CHECK((same == fxp::reshape(a, {4, 6})));
    fxp::reshape_into(same, same, same.shape());
    CHECK((same == fxp::reshape(a, {4, 6})));
}

TEST_CASE("slice and its adjoint", "[tensor][layout]") {
    for (const Shape& shape : shapes) {
        const Tensor a = numbered(shape, 100);
        for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
            for (std::size_t begin = 0; begin <= shape[axis]; ++begin) {
                for (std::size_t end = begin; end <= shape[axis]; ++end) {
                    Shape expected = shape;
                    expected[axis] = end - begin;
                    const Tensor out = fxp::slice(a, axis, begin, end);
                    check_elements(out, expected, [&](Index index) {
                        index[axis] += begin;
                        return a.data()[offset(shape, index)];
                    });
                    Tensor back = numbered({7}, 55);
                    fxp::unslice_into(back, out, shape, axis, begin);
                    check_elements(back, shape, [&](const Index& index) {
                        return index[axis] >= begin && index[axis] < end ? a.data()[offset(shape, index)] : 0;
                    });
                }
            }
            CHECK_THROWS_AS(fxp::slice(a, axis, 0, shape[axis] + 1), ShapeError);
            CHECK_THROWS_AS(fxp::slice(a, axis, 1, 0), ShapeError);
        }
        CHECK_THROWS_AS(fxp::slice(a, shape.rank(), 0, 0), ShapeError);
    }
}

TEST_CASE("unslice asks for a range within the axis, and for equal extents beside it", "[tensor][layout]") {
    Tensor out = numbered({7}, 55);
    const auto refused = [&](const Shape& part, const Shape& whole, std::size_t axis, std::size_t begin) {
        CHECK_THROWS_AS(fxp::unslice_into(out, numbered(part), whole, axis, begin), ShapeError);
    };
    refused({2, 3}, {4, 3}, 0, 3);
    refused({2, 3}, {1, 3}, 0, 0);
    refused({0, 3}, {4, 3}, 0, 5);
    refused({2, 3}, {4, 3}, 0, static_cast<std::size_t>(-1));
    refused({2, 3}, {4, 4}, 0, 0);
    refused({2, 3}, {3, 3}, 1, 0);
    refused({2, 3}, {4, 3, 1}, 0, 0);
    refused({2, 3}, {4, 3}, 2, 0);
    refused({3}, {}, 0, 0);
    CHECK((out == numbered({7}, 55)));
    CHECK_THROWS_WITH(fxp::unslice_into(out, numbered({2, 3}), {4, 3}, 0, 3),
                      ContainsSubstring("unslice: 2 from 3 of axis 0 of shape (4, 3)"));
    fxp::unslice_into(out, numbered({0, 3}), {4, 3}, 0, 4);
    CHECK((out == Tensor(Shape{4, 3})));
}

TEST_CASE("a result that is also an operand is refused and left as it was", "[tensor][layout]") {
    const Tensor before = numbered({3, 3});
    Tensor a = before;
    const std::vector<std::size_t> indices{2, 0};
    const Tensor other = numbered({3, 3}, 100);
    const std::array<const Tensor*, 2> parts{&other, &a};
    CHECK_THROWS_AS(fxp::transpose_into(a, a, 0, 1), ArgumentError);
    CHECK_THROWS_AS(fxp::slice_into(a, a, 0, 1, 2), ArgumentError);
    CHECK_THROWS_AS(fxp::unslice_into(a, a, {5, 3}, 0, 1), ArgumentError);
    CHECK_THROWS_AS(fxp::index_select_into(a, a, 0, std::span(indices)), ArgumentError);
    CHECK_THROWS_AS(fxp::cat_into(a, std::span<const Tensor* const>(parts), 0), ArgumentError);
    CHECK_THROWS_WITH(fxp::slice_into(a, a, 0, 1, 2), ContainsSubstring("slice: the result of shape (3, 3) is also"));
    CHECK((a == before));
}

TEST_CASE("index_select gathers in any order, with repeats", "[tensor][layout]") {
    for (const Shape& shape : shapes) {
        if (shape.size() == 0) continue;
        const Tensor a = numbered(shape);
        for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
            const std::size_t last = shape[axis] - 1;
            for (const std::vector<std::size_t>& indices :
                 {std::vector<std::size_t>{}, {last}, {last, 0, last, last / 2}}) {
                Shape expected = shape;
                expected[axis] = indices.size();
                check_elements(fxp::index_select(a, axis, indices), expected, [&](Index index) {
                    index[axis] = indices[index[axis]];
                    return a.data()[offset(shape, index)];
                });
            }
            const std::vector<std::size_t> beyond{0, shape[axis]};
            CHECK_THROWS_AS(fxp::index_select(a, axis, beyond), ShapeError);
        }
        CHECK_THROWS_AS(fxp::index_select(a, shape.rank(), std::vector<std::size_t>{0}), ShapeError);
    }
}

TEST_CASE("cat refuses formats chosen at run time that differ", "[tensor][layout]") {
    using Dynamic = fxp::DynamicTensor<std::int16_t>;
    const Dynamic a(Shape{2}, {4, 12});
    const Dynamic b(Shape{2}, {8, 8});
    CHECK_THROWS_WITH(fxp::cat(0, a, b), ContainsSubstring("cat: formats <4, 12> and <8, 8>, expected the same"));
    CHECK(fxp::cat(0, a, a) == Dynamic(Shape{4}, {4, 12}));
}

TEST_CASE("cat joins along any axis", "[tensor][layout]") {
    for (const Shape& shape : shapes) {
        for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
            Shape longer = shape;
            longer[axis] += 2;
            Shape empty = shape;
            empty[axis] = 0;
            const Tensor a = numbered(shape);
            const Tensor b = numbered(longer, 1000);
            const Tensor none = numbered(empty);
            Shape expected = shape;
            expected[axis] = shape[axis] + longer[axis] + shape[axis];
            check_elements(fxp::cat(axis, a, none, b, a), expected, [&](Index index) {
                if (index[axis] < shape[axis]) return a.data()[offset(shape, index)];
                index[axis] -= shape[axis];
                if (index[axis] < longer[axis]) return b.data()[offset(longer, index)];
                index[axis] -= longer[axis];
                return a.data()[offset(shape, index)];
            });
            CHECK((fxp::cat(axis, a) == a));
        }
    }
    CHECK_THROWS_AS(fxp::cat(0, numbered({2, 3}), numbered({2, 4})), ShapeError);
    CHECK_THROWS_AS(fxp::cat(1, numbered({2, 3}), numbered({3, 3})), ShapeError);
    CHECK_THROWS_AS(fxp::cat(0, numbered({2, 3}), numbered({3})), ShapeError);
    CHECK_THROWS_AS(fxp::cat(2, numbered({2, 3}), numbered({2, 3})), ShapeError);
    Tensor out;
    CHECK_THROWS_AS(fxp::cat_into(out, std::span<const Tensor* const>{}, 0), ShapeError);
}

} // namespace layout_test
