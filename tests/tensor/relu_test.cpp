#include "support/catch.hpp"

#include <fxp/tensor/dynamic_tensor.hpp>
#include <fxp/tensor/float_tensor.hpp>
#include <fxp/tensor/fxp_tensor.hpp>
#include <fxp/tensor/relu.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace relu_test {

using fxp::Shape;

namespace {

/// Random elements of every size, zeros and the ends of the range.
template <class T>
T spread(std::size_t count, unsigned seed) {
    std::mt19937_64 engine(seed);
    T tensor(Shape{count});
    for (auto& value : tensor.elements()) {
        const auto word = static_cast<std::int64_t>(engine());
        value = static_cast<typename T::Raw>(
            std::clamp<std::int64_t>(word >> (64 - T::format.word_bits() + static_cast<int>(engine() % 5)),
                                     -T::format.max_raw(), T::format.max_raw()));
        if (engine() % 7 == 0) value = 0;
    }
    if (count > 1) {
        tensor.data()[0] = static_cast<typename T::Raw>(-T::format.max_raw());
        tensor.data()[count - 1] = static_cast<typename T::Raw>(T::format.max_raw());
    }
    return tensor;
}

} // namespace

TEMPLATE_TEST_CASE("relu and its gradient, element by element, for every storage and length", "[tensor][relu]",
                   (fxp::FxpTensor<4, 4>), (fxp::FxpTensor<4, 12>), (fxp::FxpTensor<8, 24>), (fxp::FxpTensor<39, 24>)) {
    using Wide = fxp::FxpTensor<39, 24>;
    for (const std::size_t count : std::vector<std::size_t>{0, 1, 2, 15, 16, 17, 63, 64, 65, 1000}) {
        const TestType x = spread<TestType>(count, static_cast<unsigned>(count));
        const TestType y = fxp::relu(x);
        const Wide dy = spread<Wide>(count, 77);
        Wide dx;
        fxp::relu_gradient_into(dx, dy, y);
        REQUIRE(y.shape() == x.shape());
        REQUIRE(dx.shape() == x.shape());
        bool equal = true;
        for (std::size_t i = 0; i < count; ++i) {
            equal &= y.data()[i] == (x.data()[i] > 0 ? x.data()[i] : 0);
            equal &= dx.data()[i] == (x.data()[i] > 0 ? dy.data()[i] : 0);
        }
        CHECK(equal);
        TestType in_place = x;
        fxp::relu_into(in_place, in_place);
        CHECK(in_place == y);
        Wide same = dy;
        fxp::relu_gradient_into(same, same, y);
        CHECK(same == dx);
    }
}

TEST_CASE("relu of floats: a NaN stays one and passes no gradient", "[tensor][relu]") {
    using Tensor = fxp::FloatTensor<float>;
    Tensor x = Tensor::from_real({1, 4}, {-1.5, 0, 2.5, 0});
    x.data()[3] = std::numeric_limits<float>::quiet_NaN();
    const Tensor y = fxp::relu(x);
    CHECK(y.data()[0] == 0);
    CHECK(y.data()[1] == 0);
    CHECK(y.data()[2] == 2.5F);
    CHECK(std::isnan(y.data()[3]));
    Tensor dx;
    fxp::relu_gradient_into(dx, Tensor::from_real({1, 4}, {3, 4, 5, 6}), y);
    CHECK(dx == Tensor::from_real({1, 4}, {0, 0, 5, 0}));
}

TEST_CASE("the gradient of relu has the result's shape", "[tensor][relu]") {
    using Tensor = fxp::FxpTensor<8, 24>;
    Tensor dx;
    CHECK_THROWS_AS(fxp::relu_gradient_into(dx, Tensor(Shape{2, 3}), Tensor(Shape{3, 2})), fxp::ShapeError);
}

TEST_CASE("relu and its gradient keep formats that are values", "[tensor][relu]") {
    using Tensor = fxp::FxpTensor<fxp::Dynamic, fxp::Dynamic>;
    Tensor x(Shape{2});
    x.format = {4, 8};
    x.data()[0] = 300;
    x.data()[1] = -300;
    const Tensor y = fxp::relu(x);
    CHECK(y.to_real() == std::vector<double>{300.0 / 256, 0});
    Tensor dx;
    Tensor dy = x;
    dy.format = {2, 14};
    fxp::relu_gradient_into(dx, dy, y);
    CHECK(dx.to_real() == std::vector<double>{300.0 / 16384, 0});
}

} // namespace relu_test
