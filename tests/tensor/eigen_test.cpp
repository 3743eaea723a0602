#include "support/catch.hpp"

#include <fxp/tensor/eigen.hpp>
#include <fxp/tensor/float_tensor.hpp>
#include <fxp/tensor/fxp_tensor.hpp>

#include <type_traits>
#include <vector>

namespace eigen_test {

using fxp::Shape;

TEMPLATE_TEST_CASE("the Eigen view shares memory, row-major", "[tensor][eigen]", (fxp::FxpTensor<4, 4>),
                   (fxp::FxpTensor<8, 24>), (fxp::FxpTensor<39, 24>), (fxp::FloatTensor<float>),
                   (fxp::FloatTensor<double>)) {
    using Element = typename TestType::Element;
    TestType a(Shape{2, 3});
    for (std::size_t i = 0; i < 6; ++i) a.data()[i] = static_cast<Element>(i);
    auto view = fxp::as_eigen(a);
    static_assert(std::is_same_v<typename decltype(view)::Scalar, Element>);
    CHECK(view.rows() == 2);
    CHECK(view.cols() == 3);
    CHECK(view.data() == a.data());
    for (int r = 0; r < 2; ++r) {
        for (int c = 0; c < 3; ++c) CHECK(view(r, c) == static_cast<Element>(r * 3 + c));
    }
    view(1, 0) = Element{42};
    CHECK(a.data()[3] == Element{42});
    a.data()[5] = Element{7};
    CHECK(view(1, 2) == Element{7});

    const TestType& fixed = a;
    const auto const_view = fxp::as_eigen(fixed);
    CHECK(const_view(1, 0) == Element{42});
    CHECK(const_view.data() == a.data());
}

TEST_CASE("rank 1 is one column, other ranks are refused", "[tensor][eigen]") {
    fxp::FxpTensor<4, 4> a(Shape{5});
    CHECK(fxp::as_eigen(a).rows() == 5);
    CHECK(fxp::as_eigen(a).cols() == 1);
    fxp::FxpTensor<4, 4> cube(Shape{2, 2, 2});
    CHECK_THROWS_AS(fxp::as_eigen(cube), fxp::ShapeError);
    fxp::FxpTensor<4, 4> scalar(Shape{});
    CHECK_THROWS_AS(fxp::as_eigen(scalar), fxp::ShapeError);
}

} // namespace eigen_test
