extension LayeredModel {
    /// Dense layers with rectifiers between them; the engine of ``MLP`` and ``SoftmaxRegression``, whose
    /// parameters are named by dense layers alone.
    ///
    /// - Precondition: at least two sizes, none zero.
    static func perceptron(sizes: [Int]) -> LayeredModel {
        precondition(sizes.count >= 2 && sizes.allSatisfy { $0 > 0 }, "layer sizes \(sizes)")
        var layers: [any Layer] = []
        for (input, output) in zip(sizes, sizes.dropFirst()) {
            if !layers.isEmpty { layers.append(Rectifier(input)) }
            layers.append(DenseLayer(input, output))
        }
        return LayeredModel(layers) { index, _, name in "layer\(index / 2).\(name)" }
    }

    /// A convolutional network: convolutions with stride 2 and rectifiers, then one dense layer.
    ///
    /// - Parameter filters: The channels after each convolution.
    public static func convolutional(
        height: Int, width: Int, channels: Int = 1, filters: [Int] = [8, 16], classCount: Int
    ) -> LayeredModel {
        var layers: [any Layer] = []
        var (height, width, channels) = (height, width, channels)
        for count in filters {
            let convolution = Convolution(
                height: height, width: width, channels: channels, filters: count, stride: 2)
            layers.append(convolution)
            layers.append(Rectifier(convolution.outputCount))
            (height, width, channels) = (
                convolution.outputHeight, convolution.outputWidth, count
            )
        }
        layers.append(DenseLayer(height * width * channels, classCount))
        return LayeredModel(layers)
    }

    /// A sequence of `length` vectors of `inputWidth`: projection, self-attention, rectified dense
    /// layer at every position, mean over positions, dense layer.
    public static func attention(
        length: Int, inputWidth: Int, width: Int = 16, heads: Int = 2, classCount: Int
    ) -> LayeredModel {
        LayeredModel([
            DenseLayer(inputWidth, width, positions: length),
            SelfAttention(length: length, width: width, heads: heads),
            DenseLayer(width, width, positions: length),
            Rectifier(length * width),
            MeanPool(length: length, width: width),
            DenseLayer(width, classCount),
        ])
    }

    /// A bag of tokens: the mean of their embeddings, and a dense layer.
    public static func embeddings(
        vocabulary: Int, length: Int, width: Int = 16, classCount: Int
    ) -> LayeredModel {
        LayeredModel([
            Embedding(vocabulary: vocabulary, width: width, length: length),
            MeanPool(length: length, width: width),
            DenseLayer(width, classCount),
        ])
    }
}
