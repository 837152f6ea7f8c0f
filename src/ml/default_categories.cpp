#include "ml/default_categories.hpp"

#include <string_view>

#include <fmt/format.h>

namespace vitrine {
namespace {

// What a shop would call the things that networks trained on ImageNet (1,000 classes) and COCO (80) name: lines of a
// category and its labels. Of the last lines the category is empty: animals, vehicles and places are nothing that is
// sold.
constexpr std::string_view groups = R"(dress: abaya; gown; overskirt; hoopskirt; kimono; sarong
skirt: miniskirt
t-shirt: jersey
sweater: cardigan
sweatshirt: sweatshirt
coat: trench coat; fur coat; lab coat; poncho; cloak; stole; academic gown; vestment
suit: suit; military uniform
trousers: jean
swimwear: bikini; maillot; swimming trunks
underwear: brassiere
nightwear: pajama
hat: cowboy hat; sombrero; bonnet; bearskin; mortarboard; pickelhaube; bathing cap; shower cap
cap: ski mask
socks: sock; Christmas stocking
gloves: mitten; baseball glove
tie: bow tie; Windsor tie; bolo tie; tie
scarf: feather boa
shoes: running shoe; Loafer; clog
sandals: sandal
boots: cowboy boot
apron: apron
bib: bib
diaper: diaper
bag: purse; mailbag; plastic bag; handbag
backpack: backpack
wallet: wallet
luggage: suitcase
umbrella: umbrella
glasses: loupe
sunglasses: sunglass; sunglasses
watch: digital watch; stopwatch
jewelry: necklace
hair accessory: hair slide; wig
handkerchief: handkerchief
belt: buckle; holster
helmet: crash helmet; football helmet
towel: bath towel
paper towel: paper towel; toilet tissue
cloth: dishrag; velvet; wool
quilt: quilt; sleeping bag
pillow: pillow
rug: prayer rug; doormat
curtain: shower curtain; theater curtain; window shade; mosquito net
sofa: studio couch; couch
chair: folding chair; rocking chair; barber chair; throne; chair
bench: park bench; bench
table: dining table; desk; pool table; pedestal
bed: four-poster; bed
crib: crib; cradle; bassinet
cabinet: bookcase; china cabinet; chiffonier; wardrobe; medicine chest; chest; file; entertainment center
mirror: car mirror
lamp: table lamp; lampshade; spotlight; torch; jack-o'-lantern
candle: candle
clock: analog clock; digital clock; wall clock; hourglass; sundial; clock
vase: vase
pot plant: potted plant; pot
plate: plate; tray; plate rack
bowl: soup bowl; mixing bowl; bowl
cup: coffee mug; cup; goblet
glass: beer glass; wine glass; beaker
bottle: beer bottle; wine bottle; water bottle; pop bottle; whiskey jug; pill bottle; bottle; milk can
jug: water jug; pitcher
teapot: teapot; coffeepot
cutlery: ladle; spatula; wooden spoon; fork; knife; spoon; cleaver; letter opener
kitchenware: frying pan; wok; Dutch oven; Crock Pot; caldron; strainer; measuring cup; can opener; corkscrew
kitchenware: cocktail shaker; saltshaker; mortar
coffee machine: espresso maker
toaster: toaster; waffle iron
oven: stove; rotisserie; oven
microwave: microwave
refrigerator: refrigerator
dishwasher: dishwasher
washing machine: washer
vacuum cleaner: vacuum
iron: iron
sewing machine: sewing machine
heater: space heater; radiator
fan: electric fan
hair dryer: hand blower; hair drier
toothbrush: toothbrush
sink: washbasin; sink; tub; bathtub
toilet: toilet seat; toilet
soap: soap dispenser
cosmetics: lipstick; face powder; lotion; sunscreen; hair spray
perfume: perfume
plaster: Band Aid
phone: cellular telephone; dial telephone; pay-phone; cell phone
notebook: laptop; notebook
computer: desktop computer; hand-held computer; hard disc; modem
monitor: monitor; screen
television: television; tv; home theater
remote control: remote control; joystick; remote
keyboard: computer keyboard; typewriter keyboard; keyboard
mouse: mouse
printer: printer; photocopier
camera: Polaroid camera; reflex camera; lens cap; tripod
projector: projector
music player: iPod; cassette player; CD player; tape player; radio; cassette
loudspeaker: loudspeaker; microphone
instrument: accordion; acoustic guitar; banjo; bassoon; cello; cornet; drum; drumstick; electric guitar; flute
instrument: French horn; gong; grand piano; harmonica; harp; maraca; marimba; oboe; ocarina; organ; panpipe; sax
instrument: steel drum; trombone; upright; violin; chime; whistle
pen: ballpoint; fountain pen; quill; pencil box
stationery: binder; envelope; pencil sharpener; rubber eraser; rule; slide rule; carton; packet
book: book jacket; comic book; book; crossword puzzle
toy: teddy; teddy bear; jigsaw puzzle; pinwheel; balloon; kite; swing; abacus
ball: baseball; basketball; croquet ball; golf ball; ping-pong ball; rugby ball; soccer ball; tennis ball; volleyball
ball: sports ball
sports equipment: balance beam; barbell; dumbbell; horizontal bar; parallel bars; punching bag; racket; tennis racket
sports equipment: puck; baseball bat; frisbee; knee pad; snorkel; paddle
ski: ski; skis; snowboard
skateboard: skateboard; surfboard
bike: bicycle-built-for-two; mountain bike; tricycle; unicycle; bicycle
tent: mountain tent
tool: hammer; hatchet; plane; power drill; screwdriver; chain saw; carpenter's kit; nail; screw; hook; paintbrush
tool: shovel; plunger; combination lock; padlock; lawn mower; bucket
broom: broom; swab
basket: shopping basket; hamper
scissors: scissors
scale: scale
binoculars: binoculars
lighter: lighter; matchstick
bread: French loaf; bagel; pretzel; dough
cake: trifle; cake; donut
sandwich: cheeseburger; hotdog; hot dog; sandwich; burrito
pizza: pizza
ready meal: meat loaf; potpie; carbonara; mashed potato; hot pot; consomme; guacamole
ice cream: ice cream; ice lolly
chocolate: chocolate sauce
coffee: espresso
wine: red wine
eggnog: eggnog
apple: Granny Smith; apple
banana: banana
orange: orange
lemon: lemon
pineapple: pineapple
pomegranate: pomegranate
strawberry: strawberry
fig: fig
jackfruit: jackfruit
custard apple: custard apple
cabbage: head cabbage
broccoli: broccoli
cauliflower: cauliflower
carrot: carrot
cucumber: cucumber
zucchini: zucchini
squash: spaghetti squash; acorn squash; butternut squash
pepper: bell pepper
artichoke: artichoke; cardoon
mushroom: mushroom; agaric; bolete; hen-of-the-woods
corn: corn; ear
flower: daisy; rapeseed; yellow lady's slipper
: acorn; admiral; affenpinscher; Afghan hound; African chameleon; African crocodile; African elephant; African grey
: African hunting dog; agama; aircraft carrier; Airedale; airliner; airplane; airship; albatross; alligator lizard
: alp; altar; ambulance; American alligator; American black bear; American chameleon; American coot; American egret
: American lobster; American Staffordshire terrier; amphibian; anemone fish; Angora; ant; apiary; Appenzeller
: Arabian camel; Arctic fox; armadillo; ashcan; assault rifle; Australian terrier; axolotl; baboon; badger; bakery
: bald eagle; ballplayer; banded gecko; bannister; barbershop; barn; barn spider; barometer; barracouta; barrel
: barrow; basenji; basset; beach wagon; beacon; beagle; bear; beaver; Bedlington terrier; bee; bee eater; bell cote
: Bernese mountain dog; bighorn; bird; birdhouse; bison; bittern; black and gold garden spider; black grouse
: black stork; black swan; black widow; black-and-tan coonhound; black-footed ferret; Blenheim spaniel; bloodhound
: bluetick; boa constrictor; boat; boathouse; bobsled; bookshop; Border collie; Border terrier; borzoi; Boston bull
: bottlecap; Bouvier des Flandres; bow; box turtle; boxer; Brabancon griffon; brain coral; brambling; brass
: breakwater; breastplate; briard; Brittany spaniel; brown bear; bubble; buckeye; bulbul; bull mastiff; bullet train
: bulletproof vest; bullfrog; bus; bustard; butcher shop; cab; cabbage butterfly; cairn; cannon; canoe; capuchin; car
: car wheel; carousel; cash machine; castle; cat; catamaran; centipede; chain; chain mail; chainlink fence
: chambered nautilus; cheetah; Chesapeake Bay retriever; chickadee; Chihuahua; chimpanzee; chiton; chow; church
: cicada; cinema; cliff; cliff dwelling; clumber; cock; cocker spaniel; cockroach; coho; coil; collie; colobus
: common iguana; common newt; conch; confectionery; container ship; convertible; coral fungus; coral reef; coucal
: cougar; cow; coyote; crane; crate; crayfish; cricket; crutch; cuirass; curly-coated retriever; dalmatian; dam
: damselfly; Dandie Dinmont; dhole; diamondback; dingo; disk brake; Doberman; dock; dog; dogsled; dome; dowitcher
: dragonfly; drake; drilling platform; dugong; dung beetle; Dungeness crab; earthstar; echidna; eel; eft
: Egyptian cat; electric locomotive; electric ray; elephant; English foxhound; English setter; English springer
: EntleBucher; Eskimo dog; European fire salamander; European gallinule; fiddler crab; fire engine; fire hydrant
: fire screen; fireboat; flagpole; flamingo; flat-coated retriever; flatworm; fly; forklift; fountain; fox squirrel
: freight car; French bulldog; frilled lizard; gar; garbage truck; garden spider; garter snake; gas pump; gasmask
: gazelle; German shepherd; German short-haired pointer; geyser; giant panda; giant schnauzer; gibbon; Gila monster
: giraffe; go-kart; golden retriever; goldfinch; goldfish; golfcart; gondola; goose; Gordon setter; gorilla
: grasshopper; Great Dane; great grey owl; Great Pyrenees; great white shark; Greater Swiss Mountain dog
: green lizard; green mamba; green snake; greenhouse; grey fox; grey whale; grille; grocery store; groenendael; groom
: ground beetle; guenon; guillotine; guinea pig; gyromitra; half track; hammerhead; hamster; hare; hartebeest
: harvester; harvestman; hay; hen; hermit crab; hip; hippopotamus; hog; hognose snake; honeycomb; hornbill
: horned viper; horse; horse cart; house finch; howler monkey; hummingbird; hyena; ibex; Ibizan hound; ice bear
: impala; Indian cobra; Indian elephant; indigo bunting; indri; Irish setter; Irish terrier; Irish water spaniel
: Irish wolfhound; isopod; Italian greyhound; jacamar; jaguar; Japanese spaniel; jay; jeep; jellyfish; jinrikisha
: junco; keeshond; kelpie; Kerry blue terrier; killer whale; king crab; king penguin; king snake; kit fox; knot
: koala; Komodo dragon; komondor; kuvasz; Labrador retriever; lacewing; ladybug; Lakeland terrier; lakeside; langur
: leaf beetle; leafhopper; leatherback turtle; Leonberg; leopard; lesser panda; Lhasa; library; lifeboat; limousine
: limpkin; liner; lion; lionfish; little blue heron; llama; loggerhead; long-horned beetle; lorikeet; lumbermill
: lycaenid; lynx; macaque; macaw; Madagascar cat; magnetic compass; magpie; mailbox; malamute; malinois; Maltese dog
: manhole cover; mantis; marmoset; marmot; mask; maypole; maze; meerkat; megalith; menu; Mexican hairless
: miniature pinscher; miniature poodle; miniature schnauzer; minibus; minivan; mink; missile; mobile home; Model T
: monarch; monastery; mongoose; moped; mosque; motor scooter; motorcycle; mousetrap; moving van; mud turtle; muzzle
: neck brace; nematode; Newfoundland; night snake; nipple; Norfolk terrier; Norwegian elkhound; Norwich terrier
: obelisk; odometer; oil filter; Old English sheepdog; orangutan; oscilloscope; ostrich; otter; otterhound; ox
: oxcart; oxygen mask; oystercatcher; paddlewheel; palace; papillon; parachute; parking meter; partridge
: passenger car; patas; patio; peacock; Pekinese; pelican; Pembroke; Persian cat; person; Petri dish; pick
: picket fence; pickup; pier; piggy bank; pirate; planetarium; platypus; plow; pole; polecat; police van; Pomeranian
: porcupine; potter's wheel; prairie chicken; prison; proboscis monkey; projectile; promontory; ptarmigan; puffer
: pug; quail; racer; radio telescope; rain barrel; ram; recreational vehicle; red fox; red wolf; red-backed sandpiper
: red-breasted merganser; redbone; redshank; reel; restaurant; revolver; rhinoceros beetle; Rhodesian ridgeback
: rifle; ringlet; ringneck snake; robin; rock beauty; rock crab; rock python; Rottweiler; ruddy turnstone
: ruffed grouse; safe; safety pin; Saint Bernard; Saluki; Samoyed; sandbar; scabbard; schipperke; school bus
: schooner; scoreboard; scorpion; Scotch terrier; Scottish deerhound; scuba diver; sea anemone; sea cucumber
: sea lion; sea slug; sea snake; sea urchin; Sealyham terrier; seashore; seat belt; sheep; Shetland sheepdog; shield
: Shih-Tzu; shoe shop; shoji; shopping cart; siamang; Siamese cat; Siberian husky; sidewinder; silky terrier; skunk
: sliding door; slot; sloth bear; slug; snail; snow leopard; snowmobile; snowplow; soft-coated wheaten terrier
: solar dish; sorrel; space bar; space shuttle; speedboat; spider monkey; spider web; spindle; spiny lobster
: spoonbill; sports car; spotted salamander; squirrel monkey; Staffordshire bullterrier; stage; standard poodle
: standard schnauzer; starfish; steam locomotive; steel arch bridge; stethoscope; stingray; stinkhorn; stone wall
: stop sign; street sign; streetcar; stretcher; stupa; sturgeon; submarine; sulphur butterfly
: sulphur-crested cockatoo; suspension bridge; Sussex spaniel; switch; syringe; tabby; tailed frog; tank; tarantula
: tench; terrapin; thatch; thimble; three-toed sloth; thresher; thunder snake; Tibetan mastiff; Tibetan terrier; tick
: tiger; tiger beetle; tiger cat; tiger shark; tile roof; timber wolf; titi; tobacco shop; totem pole; toucan
: tow truck; toy poodle; toy terrier; toyshop; tractor; traffic light; trailer truck; train; tree frog; triceratops
: trilobite; trimaran; triumphal arch; trolleybus; truck; turnstile; tusker; valley; vault; vending machine; viaduct
: vine snake; vizsla; volcano; vulture; Walker hound; walking stick; wallaby; warplane; warthog; water buffalo
: water ouzel; water snake; water tower; weasel; web site; weevil; Weimaraner; Welsh springer spaniel
: West Highland white terrier; whippet; whiptail; white stork; white wolf; wild boar; window screen; wing
: wire-haired fox terrier; wolf spider; wombat; wood rabbit; worm fence; wreck; yawl; Yorkshire terrier; yurt; zebra
)";

} // namespace

std::string default_categories() {
    std::string table = "label,category\n";
    for (std::string_view rest = groups; !rest.empty();) {
        auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() + 1);
        const auto category = line.substr(0, line.find(':'));
        line.remove_prefix(category.size());
        while (!line.empty()) {
            line.remove_prefix(2); // ": " or "; "
            const auto label = line.substr(0, line.find(';'));
            line.remove_prefix(label.size());
            table += fmt::format("{},{}\n", label, category);
        }
    }
    return table;
}

} // namespace vitrine
