/// The loss at the end of every classifier here.
enum SoftmaxCrossEntropy {
    /// Writes the gradient of the mean loss with respect to the logits, `(softmax − oneHot) / count`,
    /// and returns the mean loss in nats.
    ///
    /// - Precondition: the pointers cover `labels.count` rows of `classCount`; labels are classes.
    static func lossAndDelta(
        logits: UnsafePointer<Float>, labels: [Int], classCount width: Int,
        delta: UnsafeMutablePointer<Float>
    ) -> Float {
        let scale = 1 / Float(labels.count)
        var loss: Float = 0
        for (row, label) in labels.enumerated() {
            let logits = logits + row * width
            let delta = delta + row * width
            var largest = logits[0]
            var j = 1
            while j < width {
                largest = logits[j] > largest ? logits[j] : largest
                j += 1
            }
            var total: Float = 0
            j = 0
            while j < width {
                delta[j] = Elementary.exp(logits[j] - largest)
                total = total + delta[j]
                j += 1
            }
            loss = loss + (Elementary.log(total) - (logits[label] - largest))
            let normaliser = scale / total
            j = 0
            while j < width {
                delta[j] = delta[j] * normaliser
                j += 1
            }
            delta[label] = delta[label] - scale
        }
        return loss * scale
    }
}
