/**
 * Signatures of GET requests without a query, checked against botocore 1.43.107: key, path on the wire, and the
 * signature with the hash of an empty body and with UNSIGNED-PAYLOAD. Keys of AWS's examples, Region eu-west-1,
 * host charts.s3.eu-west-1.amazonaws.com, 20260101T000000Z, session token `TOKEN/with+special==`.
 */
export const vectors: readonly { key: string; path: string; emptyBody: string; unsigned: string }[] = [
	{
		key: "index.yaml",
		path: "/index.yaml",
		emptyBody: "e43bb7f2eb4cae5847d6a3ad31a0d9f27b92fed35044f6bbf54171cecefafe55",
		unsigned: "30e9f51aece40aeab4c6a4f76dba86aa7850762687836331cb90d7b370f3e4a0",
	},
	{
		key: "app-1.2.3.tgz",
		path: "/app-1.2.3.tgz",
		emptyBody: "62f8f30b692987a39044f2e5e35f4664d9b635c25aca58abf897c63ddb084480",
		unsigned: "07d5414df52e347f8907e0f18b5cc4b779ceaa9debbfa93fae4ccc0fd1cdcf3c",
	},
	{
		key: "app-1.2.3+build.7.tgz",
		path: "/app-1.2.3%2Bbuild.7.tgz",
		emptyBody: "bae7218285f8d0de816a062296ccd0de9fd6a3d2af7e704ffd0aef914ccbc427",
		unsigned: "a918a25dd9881b264f7066d6a60891f353e38caf891b592909c5545ced8d6ebd",
	},
	{
		key: "a b/c d.tgz",
		path: "/a%20b/c%20d.tgz",
		emptyBody: "33d7929d01c297eac21dbc31cf6cfd257ff5b12a6019a4ab9c1094bea34793de",
		unsigned: "c6ca301959408ddd72d8607b4f99e2ec291ca9735c4ec17cdbffc275f0a99c3b",
	},
	{
		key: "a//b///c.tgz",
		path: "/a//b///c.tgz",
		emptyBody: "9e822bc5689324c0ce69065b8a6ff15c3f65ff890ae5b49078302ebeeb0d18a7",
		unsigned: "4d64a40e12cbda978bd8e516bc5b5644228ea63d85c6de872dc4a53879b6b3ae",
	},
	{
		key: "env=prod/app.tgz",
		path: "/env%3Dprod/app.tgz",
		emptyBody: "e65fcb6517c893a31468f67c914a37288c9f8ad8a3a15d083b90304809c24609",
		unsigned: "0aed810769ef205d64eb129ae48570477a3f5bad1cb43ceffcfcf1e749132ef4",
	},
	{
		key: "q'(1)!*.tgz",
		path: "/q%27%281%29%21%2A.tgz",
		emptyBody: "03785ff8b387fc4534d95e285024e575c9b02828b797975af5ba76d6cd7be423",
		unsigned: "4972d55c0559944e1560506eb67af2bed16448ca7067fdb2574adc5b61bacfa0",
	},
	{
		key: "%41%2B.tgz",
		path: "/%2541%252B.tgz",
		emptyBody: "d049ecc584fb0e1e0ee2f797d4bcd695add42a95e9aef38d50f56b82c1be0db9",
		unsigned: "dd17bd43f283d45e0479c19847d3a65ecbc71fc69a8f6ace9051592cebc5b47a",
	},
	{
		key: "π/日本語-1.0.0.tgz",
		path: "/%CF%80/%E6%97%A5%E6%9C%AC%E8%AA%9E-1.0.0.tgz",
		emptyBody: "9816ab8eb24a9729e202941c111032cdfbecf2963f8ae65cca4ded42d9b287c5",
		unsigned: "ad3c9829a9436d1f80fc86bf16cb73a336c5deefdce4f7a8ecc0342e0d8d0607",
	},
	{
		key: "x@y:z&$,;.tgz",
		path: "/x%40y%3Az%26%24%2C%3B.tgz",
		emptyBody: "487ed62a18f0b7a8e882703feb90718738720080b71d4ece6a4af5110f44d887",
		unsigned: "6dc359f5977af7a27f300fdbdf78fd8774ebe6350af8818124160e1a54ef687c",
	},
	{
		key: "a/../b.tgz",
		path: "/a/../b.tgz",
		emptyBody: "a6caabb090eb020f1dd4d8bf30fa334d067b4832688aaffda64bc6f62fe1f3db",
		unsigned: "08da6be1970d56e1050a92abdc1b85cc4035ed720100241e45fcca63c1a12a26",
	},
	{
		key: "./a.tgz",
		path: "/./a.tgz",
		emptyBody: "64149f2276346adc30960077ed8c681d7fee07023f1371bf71deb369f236b0af",
		unsigned: "21ee352d6dbce793f2f870d318574de959a8e4c6ebcbeebf27f719c7b2350890",
	},
	{
		key: "~tilde_-.tgz",
		path: "/~tilde_-.tgz",
		emptyBody: "71b0cef10d32f90c6ba8c65a4f7d2fc1225c0998527d8739f071c42ea4b228f9",
		unsigned: "551788263d7c4b2e413cbffb7c5ed0aa20522170d46c177f51a42f88a2f73c7a",
	},
];
