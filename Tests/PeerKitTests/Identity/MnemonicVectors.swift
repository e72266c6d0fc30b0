// The English test vectors of BIP-39 (trezor/python-mnemonic, vectors.json, MIT licence): entropy and
// words in one line, the seed for the passphrase TREZOR in the next.
// swift-format-ignore-file

enum MnemonicVectors {
    struct Vector: Sendable {
        var entropy: String
        var phrase: String
        var seed: String
    }

    static let all: [Vector] = {
        let lines = text.description.split(separator: "\n")
        return stride(from: 0, to: lines.count, by: 2).map { index in
            let parts = lines[index].split(separator: " ", maxSplits: 1)
            return Vector(
                entropy: String(parts[0]), phrase: String(parts[1]), seed: String(lines[index + 1]))
        }
    }()

    private static let text: StaticString = """
        00000000000000000000000000000000 abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about
        c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04
        ffffffffffffffffffffffffffffffff zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong
        ac27495480225222079d7be181583751e86f571027b0497b5b5d11218e0a8a13332572917f0f8e5a589620c6f15b11c61dee327651a14c34e18231052e48c069
        7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal will
        f2b94508732bcbacbcc020faefecfc89feafa6649a5491b8c952cede496c214a0c7b3c392d168748f2d4a612bada0753b52a1c7ac53c1e93abd5c6320b9e95dd
        808080808080808080808080808080808080808080808080 letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter always
        107d7c02a5aa6f38c58083ff74f04c607c2d2c0ecc55501dadd72d025b751bc27fe913ffb796f841c49b1d33b610cf0e91d3aa239027f5e99fe4ce9e5088cd65
        9e885d952ad362caeb4efe34a8e91bd2 ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic
        274ddc525802f7c828d8ef7ddbcdc5304e87ac3535913611fbbfa986d0c9e5476c91689f9c8a54fd55bd38606aa6a8595ad213d4c9c9f9aca3fb217069a41028
        68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length
        64c87cde7e12ecf6704ab95bb1408bef047c22db4cc7491c4271d170a1b213d20b385bc1588d9c7b38f1b39d415665b8a9030c9ec653d75e65f847d8fc1fc440
        c0ba5a8e914111210f2bd131f3d5e08d scheme spot photo card baby mountain device kick cradle pact join borrow
        ea725895aaae8d4c1cf682c1bfd2d358d52ed9f0f0591131b559e2724bb234fca05aa9c02c57407e04ee9dc3b454aa63fbff483a8b11de949624b9f1831a9612
        6d9be1ee6ebd27a258115aad99b7317b9c8d28b6d76431c3 horn tenant knee talent sponsor spell gate clip pulse soap slush warm silver nephew swap uncle crack brave
        fd579828af3da1d32544ce4db5c73d53fc8acc4ddb1e3b251a31179cdb71e853c56d2fcb11aed39898ce6c34b10b5382772db8796e52837b54468aeb312cfc3d
        9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863 panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol speed nation flash devote level hobby quick inner drive ghost inside
        72be8e052fc4919d2adf28d5306b5474b0069df35b02303de8c1729c9538dbb6fc2d731d5f832193cd9fb6aeecbc469594a70e3dd50811b5067f3b88b28c3e8d
        066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad all hour make first leader extend hole alien behind guard gospel lava path output census museum junior mass reopen famous sing advance salt reform
        26e975ec644423f4a4c4f4215ef09b4bd7ef924e85d1d17c4cf3f136c2863cf6df0a475045652c57eb5fb41513ca2a2d67722b77e954b4b3fc11f7590449191d
        """
}
