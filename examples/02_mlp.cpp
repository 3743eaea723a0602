// A multi-layer perceptron on handwritten digits, trained wholly in fixed point. Any model is defined like this one.
//
//   example_02_mlp [FOLDER]    a folder with digits.csv; default data/optdigits
#include <fxp/data.hpp>
#include <fxp/fxp.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <vector>

namespace {

template <class A>
class Mlp : public fxp::nn::Module<A> {
  public:
    using Value = fxp::Variable<A, fxp::Role::activation>;

    Mlp(std::size_t inputs, std::size_t hidden, std::size_t classes)
        : hidden_("hidden", inputs, hidden), output_("output", hidden, classes) {
        this->add(hidden_);
        this->add(output_);
    }
    Value forward(Value x) { return output_(tanh(hidden_(x), "h")); }

  private:
    fxp::nn::Linear<A> hidden_;
    fxp::nn::Linear<A> output_;
};

/// (features, samples) tensor of chosen samples.
template <class Tensor>
Tensor images(const fxp::Dataset& data, std::span<const std::size_t> samples) {
    std::vector<double> reals(data.features() * samples.size());
    for (std::size_t n = 0; n < samples.size(); ++n) {
        for (std::size_t f = 0; f < data.features(); ++f) {
            reals[f * samples.size() + n] = data.pixels[samples[n] * data.features() + f];
        }
    }
    return Tensor::from_real({data.features(), samples.size()}, reals);
}

int train(const char* folder) {
    using Arithmetic = fxp::FixedArithmetic<fxp::recipes::Reference>;
    using Tensor = Arithmetic::Tensor<fxp::Role::activation>;
    const fxp::TrainTest data = fxp::read_folder(folder);

    Arithmetic arithmetic;
    Mlp<Arithmetic> model(data.train.features(), 32, data.train.classes);
    fxp::nn::initialize_normal(model, arithmetic, 1, 0.2);
    fxp::optim::SGD<Arithmetic> optimizer(arithmetic, model.parameters(), {0.25, 0.9});
    fxp::Tape<Arithmetic> tape(arithmetic);

    const auto labels_of = [](const fxp::Dataset& set, std::span<const std::size_t> samples) {
        std::vector<int> labels;
        for (const std::size_t n : samples) labels.push_back(set.labels[n]);
        return labels;
    };
    const auto accuracy = [&](const fxp::Dataset& set) {
        const std::vector<std::size_t> all = fxp::in_order(set.size());
        tape.clear();
        const Tensor& logits = model.forward(tape.input(images<Tensor>(set, all))).value();
        const std::size_t correct = fxp::nn::count_correct(logits, set.labels);
        return static_cast<double>(correct) / static_cast<double>(set.size());
    };

    std::uint64_t step = 0;
    constexpr std::size_t batch = 32;
    for (std::uint32_t epoch = 0; epoch < 15; ++epoch) {
        const std::vector<std::size_t> order = fxp::shuffled_indices(data.train.size(), 1, epoch);
        for (std::size_t first = 0; first < order.size(); first += batch) {
            const auto samples = std::span(order).subspan(first, std::min(batch, order.size() - first));
            const auto targets = fxp::nn::scaled_one_hot(labels_of(data.train, samples), data.train.classes, 1);
            const Tensor target = Tensor::from_real({data.train.classes, samples.size()}, targets);

            arithmetic.begin_step(step++);
            model.zero_grad();
            tape.clear();
            const auto loss = fxp::nn::mse_loss(model.forward(tape.input(images<Tensor>(data.train, samples))), target);
            tape.backward(loss.variable);
            optimizer.step();
        }
    }
    const double test = accuracy(data.test);
    std::printf("%s: test accuracy %.1f %%, %llu overflow events\n", data.test.name.c_str(), 100 * test,
                static_cast<unsigned long long>(arithmetic.overflow_events()));
    return test > 0.9 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return train(argc > 1 ? argv[1] : "data/optdigits");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "example_02_mlp: %s\n", error.what());
        return 1;
    }
}
